# frozen_string_literal: true

require_relative "../app"
require_relative "../configuration"
require_relative "../experiment/gemfile_lock"
require_relative "../trace/merged"

module ShowcaseMemtrim
  module Commands
    # What the commands share that judge gems and railties.
    module Verdicts
      private

      def trace_option(parser)
        parser.on("--trace FILE", "what `memtrim trace` has written (default: #{ShowcaseMemtrim::Trace::PATH} of the app)") { |file| @options[:trace] = file }
      end

      # Of answers that have more to say than verdicts.
      def verdicts_option(parser)
        trace_option(parser)
        parser.on("--no-verdicts", "without the verdicts: quicker, no source is read") { @options[:verdicts] = false }
      end

      # Before anything is booted for it.
      def check_trace
        file = @options[:trace]
        raise Error, "#{file}: no such trace; `memtrim trace -- bin/rails test` makes one" if file && !File.file?(file)
      end

      # @param boot [Recording]
      # @param boots [Hash, nil] as Experiment::WithoutEach gives it
      # @return [String] as Recording#verdicts takes it
      # @raise [Error] when the app that was recorded is not here
      def facts(boot, boots: nil)
        facts_of(JSON.parse(boot.app), boots)
      end

      # For answers that have more to say than verdicts.
      #
      # @return [String, nil] nil: of this recording nothing can be judged
      def facts_if_any(boot)
        return unless @options.fetch(:verdicts, true) && boot.whole? && boot.error.nil?
        app = JSON.parse(boot.app)
        facts_of(app, nil) if app["constants"].any?
      rescue Error => error
        note "no verdicts: #{error.message}"
        nil
      end

      def facts_of(app, boots)
        require_relative "../verdicts/facts" # which wants parsers that a report can do without
        require_relative "../doctor"
        directory = directory_of(app)
        ShowcaseMemtrim::Verdicts::Facts.new(
          app, directory: directory, gemfile: App.new(directory).gemfile, env: app.dig("environment", "rails_env") || @options[:env],
          trace: trace(directory), boots: boots, ignored: Configuration.read(directory).ignored.reject { |entry| ShowcaseMemtrim::Doctor::RULES.include?(entry.name) }
        ).to_json
      end

      def directory_of(app)
        return app["root"] if File.directory?(app["root"].to_s)
        return @options[:app] if File.basename(@options[:app]) == app["name"]
        raise Error, "#{app["root"]}, which was recorded, is not here; --app names the app's directory"
      end

      # @return [Hash, nil] nil: nothing was traced
      def trace(directory)
        file = @options[:trace] || File.join(directory, ShowcaseMemtrim::Trace::PATH)
        ShowcaseMemtrim::Trace.read(file, lock: Experiment::GemfileLock.new(App.new(directory).gemfile).digest).to_h if File.file?(file)
      end
    end
  end
end
