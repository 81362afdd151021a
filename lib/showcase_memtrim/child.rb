# frozen_string_literal: true

# What a measured process loads first (`ruby -r`): starts recording before Bundler and before the program.
#
# It requires nothing but the extension, so that the program finds the interpreter as it would have
# without it, and takes its own environment variables away before the program can see them.
module ShowcaseMemtrim
  module Child
    # The exit status of a boot that has no gems (sysexits.h, EX_CONFIG).
    BUNDLER_FAILED = 78

    class << self
      # Starts recording as the environment says, sets Bundler up where the program would, and arranges
      # for the end.
      def start
        @target = ENV.delete("MEMTRIM_RECORD")
        @ends = ENV.delete("MEMTRIM_END") || "exit"
        @requests = ENV.delete("MEMTRIM_REQUESTS").to_s.split("\n")
        bundler = ENV.delete("MEMTRIM_BUNDLER")
        restore_rubyopt
        restore("LD_PRELOAD")
        require_relative "native"
        Recorder.start(@target, [$PROGRAM_NAME, *ARGV], GC::INTERNAL_CONSTANTS.values_at(:BASE_SLOT_SIZE, :RVALUE_SIZE).compact.first)
        GC.auto_compact = false if GC.respond_to?(:auto_compact=)
        @compactions = GC.stat[:compact_count]
        set_up_bundler if bundler
        Recorder.phase("application")
        Recorder.install_hooks
        at_exit { finish($!) } if @ends == "exit"
      rescue => error
        warn "memtrim: not recording: #{first_line(error)}; the program goes on without it"
      end

      # Boots the Rails app in the working directory and ends the recording there.
      def boot
        error = nil
        begin
          require File.expand_path("config/environment")
          answer(@requests) if @requests&.any?
        rescue Exception => error # rubocop:disable Lint/RescueException -- also an early exit is a boot's end
          raise
        ensure
          finish(error)
        end
      end

      # A program that records itself and is a Rails app: its boot ends when it is initialized.
      def end_with_boot
        return unless defined?(::Rails::Application)
        ending = Module.new do
          def initialize!(...)
            super.tap { ShowcaseMemtrim::Child.finish(nil) }
          end
        end
        ::Rails::Application.prepend(ending)
      end

      # Ends the recording: measures, describes the program, writes the file. Once.
      #
      # @param error [Exception, nil] what ended the program
      def finish(error)
        return if @finished || !Recorder.recording?
        @finished = true
        Recorder.measure(GC::INTERNAL_CONSTANTS.fetch(:HEAP_PAGE_SIZE, 65_536))
        require_relative "plain_json"
        require_relative "shape" if defined?(::Rails.application) # it needs RubyGems, which other programs may lack
        require_relative "child/summary"
        Recorder.finish(Summary.new(compactions: GC.stat[:compact_count] - @compactions).to_json, describe(error))
      rescue => failure
        warn "memtrim: the recording could not be finished: #{first_line(failure)}"
      end

      private

      # The requests that the user named, through Rack, in this process.
      def answer(paths)
        Recorder.phase("first_request")
        paths.each do |path|
          depth = Recorder.enter("request", path)
          status, _, body = ::Rails.application.call(::Rack::MockRequest.env_for(path, "HTTPS" => "on", "HTTP_HOST" => "localhost"))
          body.each { |_| } if body.respond_to?(:each)
          body.close if body.respond_to?(:close)
          Recorder.warn("GET #{path} answered #{status}") unless (200..399).cover?(status)
          Recorder.leave(depth) if depth
        end
      end

      # Only what the program asks for itself: a Gemfile is there, and it will require bundler/setup. Without its
      # gems no app boots: Bundler's message is all there is to tell.
      def set_up_bundler
        Recorder.phase("bundler")
        depth = Recorder.enter("bundler", "bundler/setup")
        require "bundler/setup"
        Recorder.leave(depth) if depth
      rescue Exception => error # rubocop:disable Lint/RescueException -- Bundler exits where stdout is a terminal
        warn error.message.strip unless error.is_a?(SystemExit)
        exit!(BUNDLER_FAILED)
      end

      def first_line(error)
        error.message.strip.lines.first.to_s.chomp.sub(/ \(os error \d+\)/, "")
      end

      # Bundler may have added to it already: only what got us here is taken out.
      def restore_rubyopt
        restore("RUBYOPT") if ENV["RUBYOPT"].to_s.delete_prefix("-r#{__FILE__}").strip == ENV["MEMTRIM_RUBYOPT"]
        before = ENV.delete("MEMTRIM_RUBYOPT")
        return unless before
        ENV["RUBYOPT"] = ENV["RUBYOPT"].to_s.sub(/ ?-r#{Regexp.escape(__FILE__)}/, "")
        restore_bundlers_copy(before)
      end

      # What Bundler remembers of the environment before it, when it was there before us (`ruby -rbundler/setup`):
      # the program's unbundled children must not record themselves over it.
      def restore_bundlers_copy(rubyopt)
        return unless ENV.key?("BUNDLER_ORIG_RUBYOPT") && defined?(::Bundler::ORIGINAL_ENV)
        ENV["BUNDLER_ORIG_RUBYOPT"] = rubyopt.empty? ? ::Bundler::EnvironmentPreserver::INTENTIONALLY_NIL : rubyopt
        original = ::Bundler::ORIGINAL_ENV
        original["RUBYOPT"] = rubyopt.empty? ? nil : rubyopt
        original["LD_PRELOAD"] = original["MEMTRIM_LD_PRELOAD"].to_s.empty? ? nil : original["MEMTRIM_LD_PRELOAD"]
        original.delete_if { |name, value| value.nil? || name.start_with?("MEMTRIM_") }
      end

      # A variable that was changed to get here is put back for the program and its own children.
      def restore(name)
        return unless ENV.key?("MEMTRIM_#{name}")
        before = ENV.delete("MEMTRIM_#{name}")
        before.empty? ? ENV.delete(name) : ENV[name] = before
      end

      def describe(error)
        return if error.nil? || (error.is_a?(SystemExit) && @ends == "exit")
        "#{error.class}: #{error.message}\n#{Array(error.backtrace).first(5).join("\n")}"
      end
    end
  end
end

ShowcaseMemtrim::Child.start if ENV.key?("MEMTRIM_RECORD")
