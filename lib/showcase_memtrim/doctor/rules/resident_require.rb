# frozen_string_literal: true

require_relative "resident_parent"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # A Ruby program that stays, with a gem in memory that it needs only before.
      class ResidentRequire < Rule
        def findings
          return [] unless app.serves?
          ResidentParent.scripts(app).reject { |script| ResidentParent.waits?(script) || script.later_calls? }.flat_map { |script| of_script(script) }
        end

        private

        # Nothing is told unless all that it does while it stays is Ruby's own: then no gem can be of use.
        def of_script(script)
          return [] unless script.later_constants.empty?
          unneeded = script.requires.select { |required| required.line < script.stay.line && gem_of(required.name) }
          rest = script.requires.map(&:name) - unneeded.map(&:name)
          unneeded.map do |required|
            finding(
              file: script.file, line: required.line, problem: "#{required.name} stays in memory while this program #{stays(script.stay)} (line #{script.stay.line}), and is not used any more by then",
              why: "What is required is never given back: the gem, all that it requires, and what loading it left behind stay for as long as the process does.",
              edit: "do what needs #{required.name} in a program of its own (system(RbConfig.ruby, \"script/…\")), which ends, and take line #{required.line} out", stake: Stake.of_program(script.requires.map(&:name), rest)
            )
          end
        end

        def stays(stay)
          (stay.kind == :loop) ? "runs its loop" : "waits for #{stay.title}"
        end

        # @return [String, nil] the gem that a feature is of, by its name: aws-sdk-s3, active_support/all
        def gem_of(feature)
          return "the app" if feature.match?(%r{(?:\A|/)config/(?:environment|application)\z})
          return if feature.start_with?("bundler/") || feature == "bundler"
          first = feature.split("/").first
          [feature.tr("/", "-"), feature, first, first.tr("_", "-"), first.delete("_")].find { |name| app.lock.key?(name) }
        end
      end
    end
  end
end
