# frozen_string_literal: true

require_relative "../configuration"

module ShowcaseMemtrim
  module Guard
    # Expectation: railties of Rails' are loaded by a boot, or are not.
    class LoadedRailties
      LOADED = ["listed", "brought in"].freeze

      # @param names [Array<String>] require paths: action_mailer/railtie
      # @raise [Error] without a name
      def initialize(boot, names)
        raise Error, 'which railties? Name them as "active_record/railtie"' if names.empty?
        @boot = boot
        @names = names.map(&:to_s)
      end

      # @return [Boolean] whether all are loaded
      # @raise [Error] for a name that Rails does not have
      def met?
        missing.empty?
      end

      # @return [Boolean] whether none is loaded
      # @raise [Error] for a name that Rails does not have
      def unmet?
        present.empty?
      end

      # @return [String] why it is not met
      def message
        missing.map { |state| "#{state[:name]} is not loaded in #{@boot.env}: #{absence(state)}" }.join("\n")
      end

      # @return [String] why it is met
      def opposite_message
        present.map { |state| "#{state[:name]} is loaded in #{@boot.env}: #{presence(state)}" }.join("\n")
      end

      private

      def missing
        states.reject { |state| LOADED.include?(state[:state]) }
      end

      def present
        states.select { |state| LOADED.include?(state[:state]) }
      end

      def states
        @states ||= begin
          known = @boot.parts[:railties].to_h { |state| [state[:name], state] }
          @names.map do |name|
            known.fetch(name) { raise Error, "#{name} is no railtie of Rails#{" #{version}" if version}, or its gem is not in the bundle#{Configuration.did_you_mean(name, known.keys)}" }
          end
        end
      end

      def version
        @boot.parts[:gems].find { |gem| gem[:name] == "railties" }&.fetch(:version)
      end

      def list
        @boot.parts[:list]
      end

      def absence(state)
        return "#{place(state[:name])} lists it, and nothing has loaded it" if state[:state] == "absent"
        "#{place} leaves it out. Put it in the list, or do without it here"
      end

      def presence(state)
        return "brought in by #{state[:by] || "another railtie or gem"}. Do without what brings it in" if state[:state] == "brought in"
        return "#{place} has all of rails/all. List those that the app needs in its place: memtrim trim finds them" if list == "rails/all"
        "#{place(state[:name])} lists it. Delete that line"
      end

      # @return [String] file and line of the list, or of one entry
      def place(name = nil)
        return Configuration::PATH + ":#{line_in_configuration(name)}" if list == Configuration::PATH
        pattern = name ? /["']#{Regexp.escape(name)}["']/ : %r{^\s*require\s*\(?\s*["'](?:rails/all|showcase_memtrim/rails|rails)["']}
        line = text.lines.index { |text| text.match?(pattern) }
        "config/application.rb#{":#{line + 1}" if line}"
      end

      def text
        File.read(File.join(@boot.app.directory, "config/application.rb"), encoding: "UTF-8").scrub
      rescue SystemCallError
        ""
      end

      def line_in_configuration(name)
        configuration = Configuration.read(@boot.app.directory)
        configuration.railties.to_a.find { |entry| entry.name == name }&.line || configuration.railties_line
      end
    end
  end
end
