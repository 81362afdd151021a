# frozen_string_literal: true

# What a measured process loads first (`ruby -r`): starts recording before Bundler and before the program.
#
# It requires nothing but the extension, so that the program finds the interpreter as it would have
# without it, and takes its own environment variables away before the program can see them.
module ShowcaseMemtrim
  module Child
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
        warn "memtrim: not recording: #{error.message.lines.first&.chomp}; the program goes on without it"
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
        require_relative "child/summary"
        Recorder.finish(Summary.new(compactions: GC.stat[:compact_count] - @compactions).to_json, describe(error))
      rescue => failure
        warn "memtrim: the recording could not be finished: #{failure.message.lines.first&.chomp}"
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

      # Only what the program asks for itself: a Gemfile is there, and it will require bundler/setup.
      def set_up_bundler
        Recorder.phase("bundler")
        depth = Recorder.enter("bundler", "bundler/setup")
        begin
          require "bundler/setup"
        ensure
          Recorder.leave(depth) if depth
        end
      end

      # Bundler may have added to it already: only what got us here is taken out.
      def restore_rubyopt
        restore("RUBYOPT") if ENV["RUBYOPT"].to_s.delete_prefix("-r#{__FILE__}").strip == ENV["MEMTRIM_RUBYOPT"]
        return unless ENV.delete("MEMTRIM_RUBYOPT")
        ENV["RUBYOPT"] = ENV["RUBYOPT"].to_s.sub(/ ?-r#{Regexp.escape(__FILE__)}/, "")
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
