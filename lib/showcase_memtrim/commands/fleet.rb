# frozen_string_literal: true

require_relative "command"
require_relative "../fleet"
require_relative "fleet/listening"
require_relative "fleet/projecting"
require_relative "fleet/watching"

module ShowcaseMemtrim
  module Commands
    # `memtrim fleet`
    class Fleet < Command
      include Listening
      include Projecting
      include Watching

      FORMATS = %w[text json prometheus].freeze

      def run(arguments)
        options.permute!(arguments)
        return 0 if @help
        check(arguments)
        return listen(reading) if @options[:listen]
        return watch(reading) if watch?
        return project if projecting?
        fleet = now
        emit fleet.render(@options[:format], width)
        (fleet.findings.zero? || @options[:format] == "prometheus") ? 0 : 1
      end

      private

      READING = %i[proc tenant_variable environment_variable].freeze
      private_constant :READING

      def reading
        @options.slice(*READING)
      end

      def now
        ShowcaseMemtrim::Fleet.now(**reading, **@options.slice(:cable)) { |text| note text }
      end

      def project
        emit projection { now }
        0
      end

      def check(arguments)
        raise Error, "fleet takes no #{arguments.first}; memtrim fleet --help lists its options" if arguments.any?
        check_listening if @options[:listen]
        check_projecting
        check_output
        check_watching
      end

      def options
        parser("fleet [options]") do |parser|
          parser.on("--tenant-variable NAME", "the environment variable that names tenants (RAILS_APP_DB); no other is read") { |name| @options[:tenant_variable] = variable(name, "--tenant-variable") }
          parser.on("--environment-variable NAME", "the one that names the environment (RAILS_ENV)") { |name| @options[:environment_variable] = variable(name, "--environment-variable") }
          parser.on("--cable TEXT", "servers whose title has this text (\":28080\") are cable servers") { |text| @options[:cable] = text }
          parser.on("--proc DIR", "another /proc: the host's, as a container has it mounted") { |dir| @options[:proc] = File.expand_path(dir) }
          format_option(parser, FORMATS)
          output_option(parser)
          parser.separator ""
          projecting_options(parser)
          parser.separator ""
          watch_options(parser)
          listen_option(parser)
        end
      end

      def variable(name, option)
        name.match?(/\A[A-Za-z_]\w*\z/) ? name : raise(Error, "#{option} #{name}: no name of an environment variable")
      end
    end
  end
end
