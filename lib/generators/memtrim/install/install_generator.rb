# frozen_string_literal: true

require "rails/generators/base"
require "showcase_memtrim"
require "showcase_memtrim/railties/list"
require "showcase_memtrim/trim/application_file"
require "showcase_memtrim/trim/configuration_file"

module Memtrim
  module Generators
    # `bin/rails generate memtrim:install`: the app loads Rails by way of us, and loads what it did before.
    class InstallGenerator < ::Rails::Generators::Base
      source_root File.join(__dir__, "templates")

      class_option :check, type: :boolean, default: false, desc: "Hold a boot to its budget in the default task of the Rakefile"
      class_option :github, type: :boolean, default: false, desc: "Hold it to its budget on GitHub Actions (.github/workflows/memtrim.yml)"

      WORKFLOW = ".github/workflows/memtrim.yml"
      RAKEFILE = "Rakefile"
      DEFAULT_TASK = %(task default: "memtrim:check"\n)
      OUR_TASK = /\n?^#{Regexp.escape(DEFAULT_TASK)}/

      # A file that can't be edited is no success.
      def self.exit_on_failure?
        true
      end

      # What there is, before anything is changed.
      def read_files
        @application = ShowcaseMemtrim::Trim::ApplicationFile.new(content(application_path), known: list.known) if invoking?
        @configuration = ShowcaseMemtrim::Configuration.read(destination_root)
      rescue ShowcaseMemtrim::Error => error
        raise Thor::Error, error.message
      rescue Errno::ENOENT
        raise Thor::Error, "no #{application_path} in #{destination_root}"
      end

      def create_configuration
        listed, installed = self.listed, list.names # what the template names
        file = ShowcaseMemtrim::Trim::ConfigurationFile.new(ERB.new(File.read(find_in_source_paths("memtrim.yml.tt")), trim_mode: "-").result(binding))
        @configuration.deferred.each { |entry| file.defer(entry.name, entry.constants, force: entry.force) }
        create_file(configuration_path, file.to_s)
        keep_list if invoking? && !options[:pretend]
      end

      def change_application
        before = content(application_path)
        after = invoking? ? @application.to_s : without_us(before)
        say_status((before == after) ? :identical : :gsub, application_path, (before == after) ? :blue : :green)
        write(application_path, after) unless before == after || options[:pretend]
      end

      # Last in the file: behind the app's own tasks, the tests among them.
      def change_default_task
        return unless invoking? ? options[:check] : exist?(RAKEFILE)
        raise Thor::Error, "no #{RAKEFILE} in #{destination_root}" unless exist?(RAKEFILE)
        before = content(RAKEFILE)
        after = invoking? ? with_default_task(before) : before.sub(OUR_TASK, "")
        return if before == after && !invoking?
        say_status((before == after) ? :identical : :gsub, RAKEFILE, (before == after) ? :blue : :green)
        write(RAKEFILE, after) unless before == after || options[:pretend]
      end

      def create_workflow
        copy_file("workflow.yml", WORKFLOW) if invoking? ? options[:github] : exist?(WORKFLOW)
      end

      private

      # Once; and where an app runs it in its own words, not at all.
      def with_default_task(text)
        return text if text.match?(/^[^#\n]*memtrim:check/)
        "#{text}#{"\n" unless text.empty? || text.end_with?("\n")}#{"\n" unless text.empty?}#{DEFAULT_TASK}"
      end

      def invoking?
        behavior == :invoke
      end

      # @return [Array<String>, nil] nil: all of rails/all
      def listed
        @configuration.railties&.map(&:name) || (@application&.railties && list.plan(@application.railties).names)
      end

      # A file that was there, and stays, may have none: then all would be loaded.
      def keep_list
        file = ShowcaseMemtrim::Trim::ConfigurationFile.new(content(configuration_path))
        return if file.railties || listed.nil?
        file.railties = listed
        say_status(:append, configuration_path)
        write(configuration_path, file.to_s)
      end

      # What the app loads stays the same.
      def without_us(text)
        ShowcaseMemtrim::Trim::ApplicationFile.new(text, known: list.known).without_us(listed)
      rescue ShowcaseMemtrim::Error
        text # it does not require us
      end

      def list
        @list ||= ShowcaseMemtrim::Railties::List.installed
      end

      def exist?(path)
        File.exist?(File.join(destination_root, path))
      end

      def content(path)
        File.binread(File.join(destination_root, path))
      end

      def write(path, text)
        File.binwrite(File.join(destination_root, path), text)
      end

      def application_path
        ShowcaseMemtrim::Trim::ApplicationFile::PATH
      end

      def configuration_path
        ShowcaseMemtrim::Configuration::PATH
      end
    end
  end
end
