# frozen_string_literal: true

require "json"
require_relative "command"
require_relative "../cable/check"
require_relative "../cable/files"

module ShowcaseMemtrim
  module Commands
    # `memtrim cable`
    class Cable < Command
      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "cable takes no #{arguments.first}; --app names the app's directory" if arguments.any?
        raise Error, "--check writes nothing: it goes with no --write" if @options[:check] && @options[:write]
        raise Error, "--force goes with --write" if @options[:force] && !@options[:write]
        @check = ShowcaseMemtrim::Cable::Check.new(@options[:app], env: @options[:env])
        @check.findings # everything is read before anything is said
        write if @options[:write]
        @out.print (@options[:format] == "json") ? "#{JSON.pretty_generate(answer)}\n" : @check.to_s(width)
        @check.qualifies? ? 0 : 1
      end

      private

      def answer
        @check.to_h.merge(written: @written || [])
      end

      def write
        raise Error, "nothing written: there are no channels in #{@options[:app]}" unless @check.any?
        return note("nothing written: the app needs the full server") unless @check.qualifies?
        files = ShowcaseMemtrim::Cable::Files.new(@check)
        refuse(files.others) unless @options[:force]
        @written = files.write
        note @written.any? ? "written: #{@written.join(" and ")}" : "nothing to write: cable/config.ru and bin/cable are as they should be"
        note "start it with: #{ShowcaseMemtrim::Cable::Files::LINE}" + (files.started.any? ? " (in place of #{files.started.join(", ")})" : "")
        note "first: bundle add #{files.missing_gems.join(" ")}   # not in the app's bundle" if files.missing_gems.any?
      end

      def refuse(edits)
        return if edits.empty?
        edits.each { |edit| @err.print edit.diff }
        raise Error, "nothing written: #{edits.map(&:path).join(" and ")} #{(edits.size == 1) ? "is" : "are"} there, and different; --force writes over"
      end

      def options
        parser("cable [options]") do |parser|
          parser.on("--check", "whether the app's channels can be served without the app, and what they need (the default)") { @options[:check] = true }
          parser.on("--write", "write cable/config.ru and bin/cable") { @options[:write] = true }
          parser.on("--force", "over what is there") { @options[:force] = true }
          parser.separator ""
          app_options(parser)
          format_option(parser)
        end
      end
    end
  end
end
