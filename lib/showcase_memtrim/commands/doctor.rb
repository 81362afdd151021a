# frozen_string_literal: true

require "json"
require_relative "command"
require_relative "experiments"
require_relative "../doctor"

module ShowcaseMemtrim
  module Commands
    # `memtrim doctor`
    class Doctor < Command
      include Experiments

      MINUTES, COUNT = 5.0, 20
      # Of what is measured.
      MEASURING = {requests: "--requests", count: "--count", minutes: "--minutes", timeout: "--timeout", jobs: "--jobs"}.freeze

      def run(arguments)
        options.parse!(arguments)
        return 0 if @help
        check(arguments)
        doctor = ShowcaseMemtrim::Doctor.new(@options[:app], env: @options[:env], env_file: @options[:env_file])
        doctor.findings # everything is read before anything is said
        doctor.notes.each { |text| note text }
        measure(doctor) if @options[:measure] && doctor.findings.any?
        @out.print (@options[:format] == "json") ? "#{JSON.pretty_generate(doctor.to_h)}\n" : doctor.to_s(width)
        doctor.findings.any?(&:fault?) ? 1 : 0
      end

      private

      def check(arguments)
        raise Error, "doctor takes no #{arguments.first}; --app names the app's directory" if arguments.any?
        return check_platform("measuring") if @options[:measure]
        given = MEASURING.find { |option, _| @options[option] && @options[option] != [] }
        raise Error, "#{given.last} goes with --measure" if given
      end

      def measure(doctor)
        note "measured after the boot alone: --requests names paths, as requests matter as much" if @options[:requests].empty?
        workload = Experiment::Workload.new(after: @options[:requests].any? ? "load" : "boot", paths: @options[:requests], count: @options.fetch(:count, COUNT))
        in_workspace do |workspace|
          doctor.measure(workspace, workload: workload, seconds: @options.fetch(:minutes, MINUTES) * 60, progress: Experiment::Progress.new(@err), **@options.slice(:timeout, :jobs))
        end
      end

      def options
        parser("doctor [options]") do |parser|
          app_options(parser)
          parser.on("--env-file FILE", "environment variables as the container has them (NAME=value lines)") { |file| @options[:env_file] = file }
          format_option(parser)
          parser.separator ""
          parser.on("--measure", "boot a copy of the app with and without each edit, and tell what each is worth") { @options[:measure] = true }
          parser.on("--requests PATHS", Array, "measure after requests of these paths (\"/,/events/1\"), on all of its Puma's threads") { |paths| @options[:requests] = paths }
          parser.on("--count N", Integer, "so many requests of each path (default: #{COUNT})") { |count| @options[:count] = count }
          parser.on("--minutes N", Float, "time for all of it (default: #{MINUTES.round})") { |minutes| @options[:minutes] = minutes }
          timeout_option(parser)
          parser.on("--jobs N", Integer, "boots at once (default: the number of cores)") { |jobs| @options[:jobs] = jobs }
        end
      end
    end
  end
end
