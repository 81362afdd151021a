# frozen_string_literal: true

require_relative "../frameworks"
require_relative "../installed_gems"
require_relative "../../trim/application_file"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Settings of parts of Rails that are not loaded: without effect where showcase_memtrim/rails answers them, an error at
      # the boot where nothing does.
      class LeftOutSettings < Rule
        def findings
          return [] unless listed
          loaded = Frameworks.with_brought(listed)
          groups = Frameworks::ALL.select(&:setting).reject { |framework| loaded.include?(framework.name) }.flat_map { |framework| settings(framework) }
          return [] if groups.empty? || brought.nil?
          groups.reject { |framework, _| Frameworks.with_brought(brought).include?(framework.name) }.map { |framework, settings| found(framework, settings) }
        end

        private

        # @return [Array<String>, nil] nil: there is no list, or it is not known
        def listed
          requires = app.settings.requires
          return if requires.any? { |required| required.name == Trim::ApplicationFile::ALL }
          return app.configuration.railties&.map(&:name) if ours?
          names = requires.map(&:name)
          names if names.any? { |name| Frameworks::NAMES.include?(name) }
        end

        def ours?
          app.settings.requires.any? { |required| required.name == Trim::ApplicationFile::OURS }
        end

        # What gems require, whatever the list says.
        def brought
          @brought ||= app.installed_gems.railties
        end

        # @return [Array<Array(Framework, Array<Setting>)>] by file; nothing that stands below a condition
        def settings(framework)
          app.settings.below(framework.setting).select(&:certain).group_by(&:file).values.map { |settings| [framework, settings] }
        end

        def found(framework, settings)
          first = settings.first
          lines = settings.map(&:line).uniq
          finding(
            file: first.file, line: first.line, problem: "config.#{first.name}#{" and #{lines.size - 1} more" if lines.size > 1} #{(lines.size > 1) ? "set" : "sets"} what #{framework.name} would read, and #{place_of_list} leaves that out",
            why: ours? ? "It changes nothing. Whoever reads it takes the part for loaded, and lists it again." : "Without the railtie it is a NoMethodError: the app does not boot in #{app.env}.",
            edit: "#{first.file}: delete line#{"s" if lines.size > 1} #{lines.join(", ")}   # or list #{framework.name}, if the app needs it",
            stake: Stake.unknown("it holds nothing")
          )
        end

        def place_of_list
          ours? ? "#{Configuration::PATH}:#{app.configuration.railties_line}" : Settings::APPLICATION
        end
      end
    end
  end
end
