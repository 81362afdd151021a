# frozen_string_literal: true

require "json"
require_relative "command"
require_relative "../doctor"
require_relative "../doctor/text"

module ShowcaseMemtrim
  module Commands
    # `memtrim doctor`
    class Doctor < Command
      def run(arguments)
        options.parse!(arguments)
        return 0 if @help
        raise Error, "doctor takes no #{arguments.first}; --app names the app's directory" if arguments.any?
        doctor = ShowcaseMemtrim::Doctor.new(@options[:app], env: @options[:env], env_file: @options[:env_file])
        doctor.findings # everything is read before anything is said
        doctor.notes.each { |text| note text }
        @out.print (@options[:format] == "json") ? "#{JSON.pretty_generate(doctor.to_h)}\n" : doctor.to_s(width)
        doctor.findings.any?(&:fault?) ? 1 : 0
      end

      private

      def options
        parser("doctor [options]") do |parser|
          app_options(parser)
          parser.on("--env-file FILE", "environment variables as the container has them (NAME=value lines)") { |file| @options[:env_file] = file }
          format_option(parser)
        end
      end
    end
  end
end
