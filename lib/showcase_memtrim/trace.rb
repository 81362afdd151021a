# frozen_string_literal: true

require_relative "callers"
require_relative "plain_json"
require_relative "trace/frame"
require_relative "trace/owner"
require_relative "trace/phase"

module ShowcaseMemtrim
  # The log of first uses: one line of JSON for each (`MEMTRIM_TRACE=log/first_uses.jsonl bin/rails server`,
  # `memtrim trace -- bin/rails test`). Processes may share a file.
  #
  # It requires nothing of Ruby's: it is in the app's processes, from before Bundler.
  class Trace
    # Of `memtrim trace`, below the app's directory.
    PATH = "tmp/memtrim/trace.jsonl"
    VARIABLE = "MEMTRIM_TRACE"
    # Of `memtrim trace` only: which run it is, the app's directory, what is watched and where that is (see Watch), and
    # the Ruby that our native code is for.
    RUN, APP, WATCHED, RUBY = %w[RUN APP WATCHED RUBY].map { |name| "#{VARIABLE}_#{name}" }

    # Frames of a backtrace that are written.
    FRAMES = 10

    # An app's tests may put another File in the place of Ruby's (FakeFS).
    FILE = ::File

    class << self
      # @param directory [String] the app's, where the environment names none
      # @return [Trace] one for all that happens in a process
      def from_environment(directory)
        @from_environment ||= new(ENV.fetch(VARIABLE), directory: ENV.fetch(APP, directory), run: ENV[RUN])
      end

      # @param path [String]
      # @param lock [String, nil] digest of the Gemfile.lock as it is now: what was seen with another one is stale
      # @return [Merged] all runs of a file
      # @raise [Error] for a file that is none of ours
      def read(path, lock: nil)
        require_relative "trace/merged"
        Merged.read(path, lock: lock)
      end
    end

    # @return [Owner]
    attr_reader :owner

    # @param path [String]
    # @param directory [String] the app's
    # @param run [String, nil] of `memtrim trace`
    def initialize(path, directory:, run: nil)
      @path = FILE.expand_path(path)
      @owner = Owner.new(directory)
      @directory = directory
      @run = run
      @known = {}
      load_native
    end

    # A deferred gem is loaded.
    #
    # @param use [DeferredGems::Use]
    # @param locations [Array<Thread::Backtrace::Location>] how it came to that, the innermost first
    def call(use, locations)
      quietly do
        frames = Frame.all(locations)
        line = use_line(use.gem, "deferred", use.constant, use.file && Frame.new(use.file, use.line, ""), frames, Phase.of(frames, @owner))
        known(use.gem)[Watch.fact(line[:direct], line[:phase].to_sym)] = true if @run
        write(**line, seconds: use.seconds&.round(4), bytes: use.bytes)
      end
    end

    # @return [Hash{Symbol => true}] what needs no further line of a thing, see Watch
    def known(name)
      @known[name] ||= {}
    end

    # Somebody calls a method of a thing that is watched.
    #
    # @param frames [Array<Frame>] from outside of it
    # @param direct [Boolean] the app means it
    def watched(name, place, frames, phase, direct)
      quietly { write(**use_line(name, "watched", nil, place, frames, phase), direct: direct, seconds: nil, bytes: nil) }
    end

    # What a process has to say besides uses.
    def note(**facts)
      quietly { write(**facts) }
    end

    private

    def use_line(name, how, constant, place, frames, phase)
      {
        gem: name, how: how, constant: constant, phase: phase.to_s, caller: place && Callers.describe(place.path, place.line, @directory),
        file: place && (@owner.relative(place.path) || place.path), line: place&.line, direct: !place.nil? && @owner.own?(place.path),
        backtrace: frames.reject { |frame| Callers::MACHINERY.match?(frame.path) }.first(FRAMES).map { |frame| "#{@owner.relative(frame.path) || frame.path}:#{frame.line}" }
      }
    end

    def write(**facts)
      time = Time.at(Process.clock_gettime(Process::CLOCK_REALTIME)) # an app's tests may have stopped Time.now
      stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%L%:z")
      line = PlainJson.of({run: @run, time: stamp, pid: Process.pid, **facts})
      FILE.open(@path, "a") { |file| file.syswrite("#{line}\n") }
    end

    # Whatever happens here, the app goes on: without an error of ours, and with what others raise in this thread (a
    # Timeout) only when we are done.
    def quietly
      Thread.handle_interrupt(Object => :never) do
        yield
      rescue => error
        warn "memtrim: MEMTRIM_TRACE: #{error.message.sub(/ @ .*? - /, " ")}; first uses are not logged" unless @failed
        @failed = true
      end
    end

    # For the bytes that a load takes. A Ruby of another version, which the command may start, is not for it.
    def load_native
      require_relative "native" if ENV.fetch(RUBY, RUBY_VERSION) == RUBY_VERSION
    rescue LoadError
      nil
    end
  end
end
