# frozen_string_literal: true

require "rbconfig"
require "tmpdir"
require_relative "clock"
require_relative "app"
require_relative "environment"
require_relative "passed_signals"
require_relative "subprocess"
require_relative "system_error"

module ShowcaseMemtrim
  # Starts a recorded process and waits for its end. The app needs no edit, and the gem need not be in its
  # Gemfile: the child loads the recorder by its path, before Bundler.
  class Boot
    CHILD = File.join(__dir__, "child.rb")
    COUNTER = File.join(__dir__, "memtrim_alloc.so")
    TIMEOUT = 600
    BUNDLER_FAILED = 78 # as in child.rb, which only a recorded process loads

    # @param app [String] the app's directory
    # @param env [String] RAILS_ENV
    # @param light [Boolean] true: without the allocation counter
    # @param requests [Array<String>] paths to GET after the boot
    # @param timeout [Numeric, nil] seconds after which a boot is given up; nil: never
    # @param gemfile [String, nil] nil: the user's choice, else the app's
    # @param variables [Hash{String => String, nil}] more of the app's environment
    # @param progress [IO] where to say what is going on
    # @param output [Symbol, String] where the app's own output goes, as Process.spawn has it
    def initialize(app: Dir.pwd, env: "production", light: false, requests: [], timeout: TIMEOUT, gemfile: nil, variables: {}, progress: $stderr, output: :err)
      @app = app
      @gemfile = gemfile
      @variables = variables
      @env = env
      @light = light
      @requests = requests
      @timeout = timeout
      @progress = progress
      @output = output
    end

    # Boots the app and writes the recording.
    #
    # @param file [String] the recording
    # @raise [Error] when there is no app, or when nothing could be recorded
    def record(file)
      app.check
      check_target(file)
      note_light
      say "booting #{File.basename(@app)} (#{@env})…"
      command = [RbConfig.ruby, "-r", CHILD, "-e", "ShowcaseMemtrim::Child.boot"]
      status = run(app_environment(file), command, out: @output, err: @output, chdir: @app, alone: true)
      salvage(file, status)
      note_uncounted(file)
    ensure
      discard_partial(file)
    end

    # Runs any Ruby program and writes its recording when it ends.
    #
    # @return [Integer] the program's own exit status
    # @raise [Error] when the program can't be started, or when nothing was recorded
    def record_command(command, file)
      check_target(file)
      check_own_path
      note_light
      status = run(environment(file).merge("RUBYOPT" => "-r#{CHILD} #{ENV["RUBYOPT"]}".strip, "MEMTRIM_RUBYOPT" => ENV["RUBYOPT"].to_s), command, out: :out)
      finish_partial(file) || File.exist?(file) || raise(Error, "#{file} was not written: recording stopped (a line above says why), or #{command.first} started no Ruby")
      status.exitstatus || 128 + status.termsig.to_i
    rescue Errno::ENOENT, Errno::EACCES => error
      raise Error, "#{command.first} can't be started: #{SystemError.words(error)}"
    ensure
      discard_partial(file)
    end

    private

    def check_target(file)
      directory = File.dirname(file)
      raise Error, "#{file} can't be written: #{directory} is no directory" unless File.directory?(directory)
      raise Error, "#{file} can't be written: no permission in #{directory}" unless File.writable?(directory)
      raise Error, "#{file} can't be written: it is a directory" if File.directory?(file)
      File.write("#{file}.partial", "") # root may do what the file system then does not do
      discard_partial(file)
      File.delete(file) if File.file?(file) # an old recording must not pass for this boot's
    rescue SystemCallError => error
      raise Error, "#{file} can't be written: #{SystemError.words(error)}"
    end

    # RUBYOPT, which gets the recorder into the program, knows no quotes.
    def check_own_path
      raise Error, "programs can't be recorded from #{__dir__}: RUBYOPT allows no space in a path; install showcase_memtrim elsewhere" if CHILD.match?(/\s/)
    end

    def discard_partial(file)
      File.delete("#{file}.partial") if File.file?("#{file}.partial")
    end

    def note_light
      return if @light || counter?
      @light = true
      say "the allocation counter can't be preloaded here (#{RUBY_PLATFORM}): a light recording, objects only"
    end

    # A static Ruby, or one that runs with other rights, loads nothing before itself.
    def note_uncounted(file)
      return if @light
      require_relative "native"
      say "the allocation counter was not loaded by this Ruby: a light recording, objects only" unless Recording.open(file).counter?
    end

    def counter?
      RUBY_PLATFORM.include?("linux") && File.file?(COUNTER)
    end

    def app_environment(file)
      environment(file).merge(Environment.of_rails(@env)).merge(
        "BUNDLE_GEMFILE" => app.gemfile, "MEMTRIM_END" => "boot", "MEMTRIM_BUNDLER" => "1", "MEMTRIM_REQUESTS" => @requests.join("\n")
      ).merge(@variables, "MEMTRIM_RECORD" => file)
    end

    # The environment of a process that nobody has set Bundler up for yet.
    def environment(file)
      Environment.before_bundler.merge(recording_environment(file))
    end

    def recording_environment(file)
      return {"MEMTRIM_RECORD" => file} if @light
      {"MEMTRIM_RECORD" => file, "LD_PRELOAD" => Environment.preload(COUNTER), "MEMTRIM_LD_PRELOAD" => Environment.clean["LD_PRELOAD"].to_s}
    end

    def app
      @bootable ||= App.new(@app, gemfile: @gemfile)
    end

    # An app's own output goes to stderr: stdout is for results.
    #
    # @param alone [Boolean] true: in a process group of its own, which goes with it; false: a program of the user's,
    #   which has the terminal and takes its signals itself
    def run(environment, command, out:, alone: false, **options)
      pid = Process.spawn(environment, *command, out: out, pgroup: (true if alone), unsetenv_others: false, **options)
      target = alone ? -pid : pid
      alone ? wait(pid, target) : PassedSignals.to(-> { pid }) { wait(pid, target) }
    rescue SignalException
      stop(pid, target) if pid
      raise
    ensure
      Subprocess.signal(:TERM, target) if pid && alone
    end

    def wait(pid, target)
      deadline = Clock.now + @timeout if @timeout
      loop do
        _, status = Process.wait2(pid, Process::WNOHANG)
        return status if status
        if deadline && Clock.now > deadline
          stop(pid, target)
          raise Error, "the boot did not end within #{@timeout.to_i} s and was stopped; --timeout gives it more"
        end
        sleep 0.01
      end
    end

    # @param target [Integer] the process, or (negative) its whole group: an app may have started others
    def stop(pid, target)
      Subprocess.signal(:TERM, target)
      20.times { Process.wait(pid, Process::WNOHANG) ? return : sleep(0.1) }
      Subprocess.signal(:KILL, target)
      Process.wait(pid)
    rescue Errno::ECHILD
      nil
    end

    # What a process that died has left becomes its recording.
    def finish_partial(file)
      partial = "#{file}.partial"
      return false unless File.exist?(partial)
      File.rename(partial, file)
      say "the process died before its recording was whole; #{file} has what it got to"
      true
    end

    def salvage(file, status)
      return if File.exist?(file)
      how = status.signaled? ? "was killed by SIG#{Signal.signame(status.termsig)}" : "ended with status #{status.exitstatus}"
      raise Error, "the boot #{how} before anything was recorded; its own messages are above" unless File.exist?("#{file}.partial")
      raise Error, "Bundler could not set up #{app.gemfile}; its message is above: run `bundle install` in #{@app}" if status.exitstatus == BUNDLER_FAILED
      File.rename("#{file}.partial", file)
      require_relative "native"
      scopes = Recording.open(file).open_scopes
      say "the boot #{how}#{", in #{scopes.last}" if scopes.any?}"
    end

    def say(text)
      @progress.puts "memtrim: #{text}"
    end
  end
end
