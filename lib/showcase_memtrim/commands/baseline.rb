# frozen_string_literal: true

require_relative "command"
require_relative "guarding"

module ShowcaseMemtrim
  module Commands
    # `memtrim baseline`
    class Baseline < Command
      include Guarding

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        raise Error, "baseline takes no #{arguments.first}; --recording takes a recording's file" if arguments.any?
        check_output
        lock = Guard::Lock.new(@options[:app], @options[:output])
        write(lock, earlier(lock))
        0
      end

      private

      # @return [String, nil] nil: there is none, or it goes whatever it is
      # @raise [Error] for a file that is not ours to overwrite
      def earlier(lock)
        text = lock.text or return
        ShowcaseMemtrim::Budget.new(JSON.generate(baseline: lock.to_h)) # which reads it
        text
      rescue Error, ArgumentError => error
        return if @options[:force]
        raise Error, error.message.include?("--force") ? error.message : "#{error.message}; --force overwrites it"
      end

      def write(lock, earlier)
        text = refusing { recording.baseline(lock.name, earlier) }
        lock.write(text) unless text == earlier
        @out.puts "#{lock.name}: #{summary(JSON.parse(text), earlier && JSON.parse(earlier))}"
      end

      def recording
        return super if @options[:recording]
        check_platform("a baseline")
        record_in(Guard::InPlace.new(@options[:app]))
      end

      # What has changed, in a line.
      def summary(now, before)
        return "new: #{now["gems"].size} gems, #{mib(now["held_bytes"])} MiB held" unless before
        return "unchanged" if now == before
        gems = (now["gems"].keys | before["gems"].keys).count { |name| now["gems"][name] != before["gems"][name] }
        more = now["held_bytes"] - before["held_bytes"]
        [*environment(now["environment"], before["environment"]), "#{gems} #{(gems == 1) ? "gem" : "gems"} changed", "#{"+" if more.positive?}#{mib(more)} MiB held"].join(", ")
      end

      def environment(now, before)
        before.keys.union(now.keys).filter_map { |key| "#{key} #{now[key]} (was #{before[key]})" unless now[key] == before[key] }
      end

      def options
        parser("baseline [options]") do |parser|
          guard_options(parser)
          recording_option(parser)
          parser.on("-o", "--output FILE", "the file to write (default: #{Guard::Lock::NAME} of the app)") { |file| @options[:output] = File.expand_path(file) }
          parser.on("--force", "overwrite a file that is no baseline, or a broken one") { @options[:force] = true }
        end
      end
    end
  end
end
