# frozen_string_literal: true

require_relative "command"
require_relative "../experiment"

module ShowcaseMemtrim
  module Commands
    # `memtrim railties`
    class Railties < Command
      def run(arguments)
        options.parse!(arguments)
        return 0 if @help
        state = booted
        @out.puts (@options[:format] == "json") ? JSON.pretty_generate(state) : text(state)
        0
      end

      private

      def booted
        in_workspace do |workspace|
          trial = Experiment::Trial.new(workspace, Experiment::Variant.base, counted: true, details: %i[railties inventory], **@options.slice(:env, :timeout)).run
          raise Error, "the app does not boot: #{trial.values_at(:error, :line).compact.join(", in ")}" if trial[:error]
          states, inventory = trial[:details].values_at(:railties, :inventory)
          {schema: 1, app: File.basename(workspace.app), environment: inventory.fetch(:environment), **states}
        end
      end

      def text(state)
        environment = state[:environment]
        [
          [state[:app], environment[:rails_env], "Ruby #{environment[:ruby]}", "Rails #{environment[:rails]}", "list: #{state[:list]}#{" (enforce: #{state[:enforce]})" if state[:enforce]}"].join(" · "),
          "", *rows(state[:railties]), *settings(state[:settings]), *base_classes(state[:base_classes])
        ].join("\n")
      end

      def rows(railties)
        width = railties.map { |railtie| railtie[:name].size }.max
        railties.map { |railtie| "#{railtie[:name].ljust(width)}  #{railtie[:state]}#{" by #{railtie[:by]}" if railtie[:by]}" }
      end

      def settings(settings)
        return [] if settings.empty?
        ["", "settings without effect, since their railtie is left out", *settings.map { |setting| "  #{setting[:file]}:#{setting[:line]}  config.#{setting[:name]}" }]
      end

      def base_classes(files)
        return [] if files.empty?
        ["", "not loaded: generated for a railtie that is left out, and alone in their directory", *files.map { |file| "  #{file[:file]}  (#{file[:railtie]})" }]
      end

      def options
        parser("railties [options]") do |parser|
          app_options(parser)
          timeout_option(parser)
          format_option(parser)
        end
      end
    end
  end
end
