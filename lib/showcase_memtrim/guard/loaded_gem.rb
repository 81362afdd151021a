# frozen_string_literal: true

require "json"
require_relative "../configuration"

module ShowcaseMemtrim
  module Guard
    # Expectation: a gem of the bundle is loaded by a boot, or is not.
    class LoadedGem
      # @return [Hash] what a boot tells of one gem
      # @raise [Error] for a name that the bundle does not have
      def self.told(boot, name)
        gems = boot.parts[:gems]
        gems.find { |gem| gem[:name] == name } || raise(Error, "no gem #{name} in the bundle#{Configuration.did_you_mean(name, gems.map { |gem| gem[:name] })}")
      end

      # @param name [String]
      def initialize(boot, name)
        @boot = boot
        @name = name.to_s
      end

      # @return [Boolean] whether a file of it was loaded
      # @raise [Error] for a name that the bundle does not have
      def met?
        !gem[:file].nil?
      end

      def unmet?
        !met?
      end

      # @return [String] why it is not met
      def message
        "#{title} is in the bundle, and no file of it was loaded at boot in #{@boot.env}#{"\nedit    #{line}" if line}"
      end

      # @return [String] why it is met: who loaded it, and what to edit
      def opposite_message
        [
          "#{title} was loaded at boot in #{@boot.env} (#{gem[:file]})", *loaded_by, *also_required_by,
          ("edit    #{line}: add `require: false`, or defer it: memtrim defer #{@name}" if line), ("more    memtrim explain #{@name}" unless line)
        ].compact.join("\n")
      end

      private

      def gem
        @gem ||= LoadedGem.told(@boot, @name)
      end

      def title
        "#{@name} #{gem[:version]}"
      end

      def loaded_by
        steps = explained[:loaded_by].to_a.reject { |step| step[:name].start_with?("#{@name}-#{gem[:version]}") }
        step = steps.last or return []
        bundler = step[:name] == "Bundler.require"
        ["by      #{bundler ? "Bundler.require#{", for #{line}" if line}" : step.values_at(:name, :line).compact.join(":")}"]
      end

      def also_required_by
        explained[:also_required_by].to_a.map do |requirer|
          place = requirer.values_at(:file, :line).compact.join(":")
          place = "" if place.include?("lib/showcase_memtrim/") # where deferred gems are answered for
          "also    #{requirer[:name]}#{" (#{place})" unless place.empty?}"
        end
      end

      # What a recording says of it; the message does without where there can be none.
      def explained
        @explained ||= JSON.parse(@boot.recording.explain(@name, "json", 100, nil), symbolize_names: true)
      rescue Error, ArgumentError
        @explained = {}
      end

      # @return [String, nil] Gemfile:12
      def line
        return @line if defined?(@line)
        require_relative "../verdicts/gemfile"
        @line = Verdicts::Gemfile.new(@boot.app.gemfile, @boot.app.directory).places[@name]
      rescue Error
        @line = nil
      end
    end
  end
end
