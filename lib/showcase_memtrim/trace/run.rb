# frozen_string_literal: true

require "fileutils"
require "json"
require "securerandom"
require "time"
require_relative "../clock"
require_relative "../environment"
require_relative "../left_out"
require_relative "../passed_signals"
require_relative "../system_error"
require_relative "../trace"

module ShowcaseMemtrim
  class Trace
    # One command of the user's, in their terminal, while gems wait for their first use in every Ruby process of it.
    class Run
      CHILD = File.join(__dir__, "child.rb")
      NOT_FOUND, NOT_EXECUTABLE = 127, 126 # as a shell has it

      # @param app [String] the app's directory
      # @param path [String] the file
      # @param setup [Setup]
      def initialize(app:, path:, setup:)
        raise Error, "a command can't be traced from #{__dir__}: RUBYOPT allows no space in a path; install showcase_memtrim elsewhere" if CHILD.match?(/\s/)
        @app = app
        @path = path
        @setup = setup
        @id = SecureRandom.hex(6)
      end

      # @param command [Array<String>]
      # @return [Integer] its own exit status
      # @raise [SystemCallError] when it can't be started
      def run(command)
        started = Clock.now
        write(run: @id, at: Time.now.iso8601, command: command.join(" "), **@setup.to_h, memtrim: VERSION)
        status = PassedSignals.to(-> { @pid }, seen: ->(name) { @signal = name }) { Process.wait2(@pid = Process.spawn(environment, *command, chdir: @app)).last }
        write(run: @id, ended: {status: status.exitstatus, signal: signal(status), seconds: (Clock.now - started).round(1)})
        status.exitstatus || 128 + status.termsig
      end

      private

      # In the environment that the user has given us, without our Bundler. Spring would hand the command to a server that
      # has none of this.
      def environment
        left_out = LeftOut.new(@setup.left_out).environment
        Environment.before_bundler.merge(left_out).merge(
          "RUBYOPT" => "-r#{CHILD} #{Environment.clean["RUBYOPT"]}".strip, VARIABLE => @path, RUN => @id, APP => @app, RUBY => RUBY_VERSION,
          WATCHED => @setup.directories.map { |name, paths| [name, *paths].join("\t") }.join("\n"), "DISABLE_SPRING" => "1"
        )
      end

      # What has ended it before its time, be it that it took the signal and ended well.
      def signal(status)
        status.signaled? ? Signal.signame(status.termsig) : @signal
      end

      def write(line)
        FileUtils.mkdir_p(File.dirname(@path))
        File.open(@path, "a") { |file| file.syswrite("#{JSON.generate(line)}\n") }
      rescue SystemCallError => error
        raise Error, "#{@path} can't be written: #{SystemError.words(error)}; -o FILE writes another one"
      end
    end
  end
end
