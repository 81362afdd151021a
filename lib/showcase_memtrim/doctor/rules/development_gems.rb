# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    module Rules
      # Tools for writing and testing code, in a process that serves.
      class DevelopmentGems < Rule
        # Gems that are such tools by what they are → what code that uses them names.
        TOOLS = {
          "annotate" => "Annotate", "annotaterb" => "AnnotateRb", "better_errors" => "BetterErrors", "binding_of_caller" => "binding\\.of_caller", "brakeman" => "Brakeman",
          "bundler-audit" => "Bundler::Audit", "byebug" => "byebug", "capybara" => "Capybara", "cucumber-rails" => "Cucumber", "database_cleaner" => "DatabaseCleaner",
          "database_cleaner-active_record" => "DatabaseCleaner", "debug" => "debugger", "erb_lint" => "ERBLint", "factory_bot" => "FactoryBot", "factory_bot_rails" => "FactoryBot",
          "guard" => "Guard", "guard-rspec" => "Guard", "letter_opener" => "letter_opener|LetterOpener", "listen" => "Listen", "minitest-reporters" => "Minitest", "mocha" => "Mocha",
          "overcommit" => "Overcommit", "pry-byebug" => "[Pp]ry", "rails-controller-testing" => "Rails::Controller::Testing", "rspec-rails" => "RSpec", "rubocop" => "RuboCop",
          "rubocop-performance" => "RuboCop", "rubocop-rails" => "RuboCop", "rubocop-rspec" => "RuboCop", "ruby-lsp" => "RubyLsp", "selenium-webdriver" => "Selenium",
          "shoulda-matchers" => "Shoulda", "simplecov" => "SimpleCov", "solargraph" => "Solargraph", "spring" => "Spring", "standard" => "Standard", "vcr" => "VCR",
          "web-console" => "web_console|WebConsole", "webmock" => "WebMock"
        }.freeze
        GROUPS = %w[development test].freeze

        def findings
          return [] unless app.serves?
          [*whole_groups, *tools]
        end

        private

        # Bundler.require(*Rails.groups, :development)
        def whole_groups
          app.settings.bundler_requires.select { |call| call.certain && call.groups && (call.groups & GROUPS).any? }.map do |call|
            groups = call.groups & GROUPS
            gems = app.gemfile.entries.select { |entry| entry.required && entry.certain && (entry.groups & groups).any? && (entry.groups & (call.groups - GROUPS)).empty? }.map(&:name)
            finding(
              file: call.file, line: call.line, problem: "#{app.env} requires the gems of the group#{"s" if groups.size > 1} #{groups.join(" and ")}#{": #{gems.join(", ")}" if gems.any?}", why: why,
              edit: "#{place([call.file, call.line])}: Bundler.require(*Rails.groups)", stake: stake("without the group#{"s" if groups.size > 1}", gems)
            )
          end
        end

        def tools
          return [] unless app.settings.bundler_requires.any? { |call| call.groups&.include?("default") }
          found = app.gemfile.entries.select { |entry| TOOLS.key?(entry.name) && entry.certain && entry.required && (entry.groups & ["default", app.env]).any? && !used?(TOOLS[entry.name]) }
          found.map do |entry|
            finding(
              file: entry.file, line: entry.line, problem: "#{entry.name} is a tool for development or tests, and #{app.env} requires it; nothing in app/, lib/ or config/ names it", why: why,
              edit: "#{place([entry.file, entry.line])}: #{moved(entry)}",
              stake: stake("without #{entry.name}", [entry.name])
            )
          end
        end

        # Its line with the group, if all of it stands there.
        def moved(entry)
          group = test_only?(entry.name) ? "group: :test" : "group: [:development, :test]"
          code, comment = app.line(entry.file, entry.line).match(/\A(.*?)(\s+#.*)?\z/).captures
          whole = code.match?(/\Agem\s+(["'])#{Regexp.escape(entry.name)}\1(?:,\s*[^()\[\]{}]*[^,\s])?\z/) && !code.match?(/\bgroups?\b/)
          return "#{code}, #{group}#{comment}" if whole
          (entry.groups == ["default"]) ? "add #{group}" : "#{group} in place of its group"
        end

        def test_only?(name)
          %w[capybara selenium-webdriver webmock vcr simplecov shoulda-matchers database_cleaner database_cleaner-active_record mocha rails-controller-testing minitest-reporters].include?(name)
        end

        def why
          "Bundler.require loads it in each process at its boot, with all that it requires itself."
        end

        def used?(pattern)
          sources.any? { |text| text.match?(/#{pattern}/) }
        end

        # What a server may run.
        def sources
          @sources ||= (Dir.glob("{app,lib,config}/**/*.{rb,erb,haml,slim}", base: app.root) - GROUPS.map { |name| "config/environments/#{name}.rb" })
            .reject { |file| file.start_with?("lib/tasks/") }.map { |file| Deployment::Text.read(File.join(app.root, file)).to_s.gsub(/^\s*#.*$/, "") }
        end

        def stake(name, gems)
          gems.any? ? Stake.of_variant(name, leave_out: gems.to_h { |gem| [gem, []] }) : Stake.unknown("which gems these are is not in the Gemfile literally")
        end
      end
    end
  end
end
