# frozen_string_literal: true

require "io/console"
require_relative "../boot"
require_relative "../native"
require_relative "../system_error"
require_relative "../whole_file"

module ShowcaseMemtrim
  module Commands
    # What every command shares: its streams, its options, and where its recording comes from.
    class Command
      FORMATS = %w[text json].freeze
      WIDEST = 100

      def initialize(out:, err:)
        @out = out
        @err = err
        @options = {app: Dir.pwd, env: ENV.fetch("RAILS_ENV", "production"), format: "text", light: false, requests: []}
      end

      private

      # A command's options; `--help` prints them and sets @help.
      def parser(banner)
        OptionParser.new do |parser|
          parser.banner = "Usage: memtrim #{banner}"
          yield parser
          parser.on("-h", "--help", "this") do
            @out.puts parser
            @help = true
          end
        end
      end

      def app_options(parser)
        parser.on("--app DIR", "the Rails app (default: this directory)") { |dir| @options[:app] = File.expand_path(dir) }
        parser.on("--env NAME", "its environment (default: RAILS_ENV, else production)") { |name| @options[:env] = name }
      end

      # Options of every command that records a boot.
      def boot_options(parser)
        app_options(parser)
        parser.on("--light", "objects only, without the allocation counter: quicker, no malloc") { @options[:light] = true }
        parser.on("--requests PATHS", Array, "after the boot, GET these paths (\"/,/events/1\")") { |paths| @options[:requests] = paths }
        parser.on("--timeout SECONDS", Float, "give a boot up after so long (default: 600; a program: never)") { |seconds| @options[:timeout] = seconds }
      end

      # Of commands that boot the app in trials.
      def timeout_option(parser)
        parser.on("--timeout SECONDS", Float, "give a boot up after so long (default: #{Experiment::Trial::TIMEOUT})") { |seconds| @options[:timeout] = seconds }
      end

      def recording_option(parser)
        parser.on("--recording FILE", "read this recording in place of a boot") { |file| @options[:recording] = file }
      end

      def format_option(parser, formats = FORMATS)
        parser.on("--format FORMAT", formats, "#{[formats[..-2].join(", "), formats.last].join(" or ")} (default: text)") { |format| @options[:format] = format }
      end

      # Of commands whose answer may be a file of its own.
      def output_option(parser)
        parser.on("-o", "--output FILE", "write to this file in place of standard output") { |file| @options[:output] = File.expand_path(file) }
      end

      # The answer, to where it was asked for.
      #
      # @param text [String]
      # @yield for annotations: gives the Markdown that GitHub Actions shows below the job
      # @raise [Error] when the file can't be written; it is left as it was
      def emit(text)
        summarize(yield) if @options[:format] == "github"
        @options[:output] ? write_output(text) : @out.print(text)
      end

      def write_output(text)
        check_output
        WholeFile.write(@options[:output], text)
      rescue SystemCallError => error
        raise Error, "#{@options[:output]} can't be written: #{SystemError.words(error)}"
      end

      def summarize(markdown)
        file = ENV["GITHUB_STEP_SUMMARY"].to_s
        File.write(file, markdown, mode: "a") unless file.empty?
      rescue SystemCallError => error
        note "no step summary: #{file} can't be written: #{SystemError.words(error)}"
      end

      # Before the work, which may take a while.
      def check_output
        return unless @options[:output]
        raise Error, "#{@options[:output]} can't be written: it is a directory" if File.directory?(@options[:output])
        directory = File.dirname(@options[:output])
        raise Error, "#{@options[:output]} can't be written: #{directory} is no directory" unless File.directory?(directory)
      end

      # The recording that was named, or one of a boot made now.
      #
      # @return [Recording]
      def recording
        return open_recording(@options[:recording]) if @options[:recording]
        Dir.mktmpdir("memtrim") do |dir|
          file = File.join(dir, "boot.memtrim")
          boot(file)
          open_recording(file)
        end
      end

      def boot(file)
        Boot.new(**@options.slice(:app, :env, :light, :requests, :timeout).compact, progress: @err).record(file)
      end

      def open_recording(file)
        raise Error, "#{file}: no such recording" unless File.exist?(file)
        refusing { Recording.open(file) }
      end

      # What Rust can't follow is bad input, and says so in one line.
      def refusing
        yield
      rescue ArgumentError => error
        raise Error, error.message
      end

      # A copy of the app that trials boot; none of their processes outlives it.
      #
      # @yield [Experiment::Workspace]
      # @raise [Error] without a Gemfile.lock: Bundler would write one, beside the app's own Gemfile
      def in_workspace
        Experiment::Workspace.open(app: @options[:app]) do |workspace|
          lock = Experiment::GemfileLock.file(workspace.gemfile)
          raise Error, "no #{workspace.original(lock)}: run `bundle install` in #{@options[:app]}" unless File.file?(lock)
          yield workspace
        end
      ensure
        Subprocess.sweep
      end

      # @param paths [Array<String>] to be requested
      def absolute(paths)
        wrong = paths.find { |path| !path.match?(%r{\A/[[:graph:]]*\z}) || !path.ascii_only? }
        wrong ? raise(Error, "--requests #{wrong}: a path begins with / and has no spaces") : paths
      end

      def at_least(least, number, option)
        (number >= least) ? number : raise(Error, "#{option} #{number}: must be at least #{least}")
      end

      # What is no result.
      def note(text)
        @err.puts "memtrim: #{text}"
      end

      def mib(bytes)
        format("%.1f", bytes / 1048576.0)
      end

      # Says what a reader of an incomplete answer must know; the exit status.
      def status(recording)
        return 0 if recording.whole? && recording.error.nil?
        2
      end

      def width
        columns = @out.tty? ? @out.winsize.last : WIDEST
        columns.clamp(60, WIDEST)
      rescue SystemCallError, NoMethodError
        WIDEST
      end
    end
  end
end
