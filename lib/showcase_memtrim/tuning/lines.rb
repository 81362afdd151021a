# frozen_string_literal: true

require "shellwords"
require_relative "jemalloc"

module ShowcaseMemtrim
  class Tuning
    # Changes as the lines that make them, for each place where a process gets its environment; what no environment can
    # change are lines of Ruby.
    class Lines
      SERVER = "bundle exec puma -C config/puma.rb"
      SETTLE = "config.memtrim.settle = {after_boot: true} # with gem \"showcase_memtrim\" in the Gemfile"
      THREADS = "RAILS_MAX_THREADS"
      PUMA = "config/puma.rb"

      # @param app [String] its directory
      # @param changes [Changes]
      # @param preloaded [Array<String>] by the app as it is
      def initialize(app, changes, preloaded: [])
        @app = app
        @changes = changes
        @preload = changes.preload - preloaded
        @preloaded = preloaded
      end

      # @return [Hash{Symbol => Array<String>}] environment, dockerfile, systemd, procfile; and what no environment can
      #   change: rails (config/application.rb, after load_defaults), puma (config/puma.rb), shell (the script that starts it)
      def to_h
        {rails: rails, puma: puma, environment: environment, shell: shell, dockerfile: dockerfile, systemd: systemd, procfile: procfile}
      end

      # For a shell, or a file of variables.
      def environment
        variables.map { |name, value| "#{name}=#{value.shellescape}" }
      end

      # What no environment, and no Dockerfile, can say. A shell counts in KiB.
      def shell
        @changes.stack ? ["ulimit -s #{@changes.stack / 1024}"] : []
      end

      # Docker takes a backslash before what is special within quotes, $ too (Dockerfile reference, ENV).
      def dockerfile
        install = "RUN apt-get update -qq && apt-get install --no-install-recommends -y libjemalloc2 && rm -rf /var/lib/apt/lists/*"
        [*(install if @preload.any? { |file| jemalloc?(file) }), *variables.map { |name, value| "ENV #{name}=\"#{value.gsub(/[\\"$]/) { "\\#{_1}" }}\"" }]
      end

      # In the [Service] section: % and \ are special there (systemd.exec(5), systemd.syntax(7)).
      def systemd
        variables.map { |name, value| "Environment=\"#{name}=#{value.gsub(/[\\"]/) { "\\#{_1}" }.gsub("%", "%%")}\"" } + (@changes.stack ? ["LimitSTACK=#{@changes.stack / 1024}K"] : [])
      end

      # The whole line of the web process: a Procfile has no other place for variables.
      def procfile
        return [] if variables.empty? && shell.empty?
        started = (variables.any? || one_program?) ? ["env", *environment, command].join(" ") : command
        ["web: #{shell.empty? ? started : "sh -c #{quoted("#{shell.first}; #{"exec " if one_program?}#{started}")}"}"]
      end

      def rails
        @changes.settings.map { |path, value| (path == "memtrim.settle") ? SETTLE : "config.#{path} = #{value.inspect}" }
      end

      def puma
        (@changes.threads && !threads_by_variable?) ? ["threads #{@changes.threads}, #{@changes.threads}"] : []
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

      # Nothing comes before or after it: a shell may give way to it, and env takes assignments before it.
      def one_program?
        !command.match?(/[;&|]/)
      end

      # $PORT is for the shell that is started.
      def quoted(text)
        "'#{text.gsub("'") { "'\\''" }}'"
      end

      # As Rails' own config/puma.rb has it; another one may have a number.
      def threads_by_variable?
        file = File.join(@app, PUMA)
        File.file?(file) && File.read(file).scrub.lines.any? { |line| line[/\A[^#]*/].match?(/\bENV\b.*\b#{THREADS}\b/o) }
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
