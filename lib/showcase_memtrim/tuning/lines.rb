# frozen_string_literal: true

require "shellwords"
require_relative "jemalloc"

module ShowcaseMemtrim
  class Tuning
    # Changes as the lines that make them, for each place where a process gets its environment; what no environment can
    # change are lines of Ruby.
    class Lines
      SERVER = "bundle exec puma -C config/puma.rb"
      THREADS = "RAILS_MAX_THREADS"
      PUMA, APPLICATION = "config/puma.rb", "config/application.rb"

      # @param app [String] its directory
      # @param changes [Changes]
      # @param stock [Stock, nil] what is preloaded already
      def initialize(app, changes, preloaded: [])
        @app = app
        @changes = changes
        @preload = changes.preload - preloaded
        @preloaded = preloaded
      end

      # @return [Hash{Symbol => Array<String>}] environment, dockerfile, systemd, procfile; ruby: "FILE: LINE"
      def to_h
        {environment: environment, dockerfile: dockerfile, systemd: systemd, procfile: procfile, ruby: ruby}
      end

      # For a shell, or a file of variables.
      def environment
        variables.map { |name, value| "#{name}=#{value.shellescape}" }
      end

      # Docker takes a backslash before what is special within quotes, $ too (Dockerfile reference, ENV).
      def dockerfile
        install = "RUN apt-get update -qq && apt-get install --no-install-recommends -y libjemalloc2 && rm -rf /var/lib/apt/lists/*"
        [*(install if @preload.any? { |file| jemalloc?(file) }), *variables.map { |name, value| "ENV #{name}=\"#{value.gsub(/[\\"$]/) { "\\#{_1}" }}\"" }]
      end

      # In the [Service] section: % and \ are special there (systemd.exec(5), systemd.syntax(7)).
      def systemd
        variables.map { |name, value| "Environment=\"#{name}=#{value.gsub(/[\\"]/) { "\\#{_1}" }.gsub("%", "%%")}\"" }
      end

      # The whole line of the web process: a Procfile has no other place for variables.
      def procfile
        return [] if variables.empty?
        ["web: env #{environment.join(" ")} #{command}"]
      end

      # @return [Array<String>]
      def ruby
        settings = @changes.settings.map { |path, value| "#{APPLICATION}: config.#{path} = #{value.inspect} # after config.load_defaults" }
        settings += ["#{PUMA}: threads #{@changes.threads}, #{@changes.threads}"] if @changes.threads && !threads_by_variable?
        settings
      end

      private

      # @return [Hash{String => String}]
      def variables
        @variables ||= {
          **({"LD_PRELOAD" => [*@preload, *@preloaded].map { |file| Jemalloc.short(file) }.join(":")} if @preload.any?).to_h,
          **@changes.variables.transform_values(&:to_s),
          **({THREADS => @changes.threads.to_s} if @changes.threads && threads_by_variable?).to_h
        }
      end

      def jemalloc?(file)
        File.basename(file).start_with?("libjemalloc")
      end

      # As Rails' own config/puma.rb has it; another one may have a number.
      def threads_by_variable?
        file = File.join(@app, PUMA)
        File.file?(file) && File.read(file).scrub.lines.any? { |line| line.match?(/^[^#]*ENV.*\b#{THREADS}\b/) }
      end

      # @return [String] what the app's Procfile runs as web, without variables that are set again
      def command
        file = File.join(@app, "Procfile")
        given = File.read(file).scrub[/^web:\s*(.+?)\s*$/, 1] if File.file?(file)
        (given || SERVER).sub(/\A(?:env\s+)?((?:[A-Za-z_]\w*=\S*\s+)*)/) { $1.split.reject { |pair| variables.key?(pair[/\A\w+/]) }.map { |pair| "#{pair} " }.join }
      end
    end
  end
end
