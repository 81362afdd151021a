# frozen_string_literal: true

require_relative "../frameworks"
require_relative "../../trim/application_file"

module ShowcaseMemtrim
  class Doctor
    module Rules
      # All of Rails, because the line was there.
      class RailsAll < Rule
        def findings
          all = app.settings.requires.select(&:certain).find { |required| whole?(required.name) }
          return [] unless all
          unnamed = Frameworks.unnamed(app.root).map(&:name)
          [finding(
            file: all.file, line: all.line, problem: "#{app.line(all.file, all.line)} loads all of Rails#{without_list(all.name)}",
            why: "Each part is held by each process, used or not. #{named(unnamed)}",
            edit: "memtrim trim --check #{check.inspect}   # shows the list that it works with; --write writes it",
            stake: Stake.of_variant("without #{unnamed.join(", ")}", leave_out: unnamed.to_h { |name| [name, []] })
          )]
        end

        private

        def whole?(name)
          name == Trim::ApplicationFile::ALL || (name == Trim::ApplicationFile::OURS && app.configuration.railties.nil?)
        end

        def without_list(name)
          (name == Trim::ApplicationFile::OURS) ? ": #{Configuration::PATH} has no railties:" : ""
        end

        # rails/test_unit/railtie is always one of them: its tasks and generators are not for a server.
        def named(unnamed)
          "Nothing in app/, lib/ and config/ names #{unnamed.first(unnamed.size - 1).join(", ")}#{" or " if unnamed.size > 1}#{unnamed.last}; gems may need them."
        end

        def check
          File.directory?(File.join(app.root, "spec")) ? "bundle exec rspec" : "bin/rails test"
        end
      end
    end
  end
end
