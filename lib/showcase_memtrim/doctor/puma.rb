# frozen_string_literal: true

require_relative "ruby/script"

module ShowcaseMemtrim
  class Doctor
    # How Puma will run the app: its command line counts before its file, that before its own defaults (Puma 5 to 8:
    # Puma::Configuration, Puma::CLI).
    class Puma
      # Of CRuby: Puma::Configuration::DEFAULTS since Puma 5.
      DEFAULT_THREADS = 5

      # value: what it comes to. by: :command, :file, :variable or :default. file, line: where it stands.
      Figure = Struct.new(:value, :by, :file, :line, keyword_init: true) do
        def known?
          value.known?
        end

        # @return [Integer, nil]
        def number
          number = value.value if known?
          Integer(number, exception: false) unless number.nil?
        end

        def place
          [file, line].compact.join(":") if file
        end
      end

      # @return [String, nil] its file, below the app; nil: it has none
      attr_reader :file

      # @param app [App]
      def initialize(app)
        @app = app
        @command = app.deployment.web&.command || []
        @command = [] unless @command.first == "puma" # `rails server` has other options by the same letters
        @file = configuration_file
        @said = {}
        @plugins = []
        read if @file
      end

      # @return [Figure] the most threads that a process serves with
      def threads
        of_command(%w[-t --threads]) { |text| text.split(":").last } || threads_of_file || of_variables(%w[PUMA_MAX_THREADS MAX_THREADS]) || Figure.new(value: Value.new(value: DEFAULT_THREADS), by: :default)
      end

      # @return [Figure, nil] what the file says, whether it counts or not
      def threads_of_file
        @said[:threads]
      end

      # @return [Figure] 0: no process but one
      def workers
        of_command(%w[-w --workers]) { |text| text } || @said[:workers] || of_variables(%w[WEB_CONCURRENCY]) || Figure.new(value: Value.new(value: 0), by: :default)
      end

      # @return [Boolean, nil] whether workers are forked from a process that has booted the app; nil: not known
      def preload?
        return true if @command.include?("--preload")
        said = @said[:preload]
        return (said.value.value if said.known?) if said
        return if @said[:prune_bundler]
        workers.number && workers.number > 1
      end

      # @return [Figure, nil] the line that preloads
      def preload
        @said[:preload]
      end

      # @return [Array<String>] plugins that it has, or may have
      def plugins
        @plugins.dup
      end

      private

      def configuration_file
        named = option(%w[-C --config])
        candidates = named ? [named.delete_prefix("#{@app.root}/")] : ["config/puma/#{@app.env}.rb", "config/puma.rb"]
        candidates.find { |file| File.file?(File.expand_path(file, @app.root)) }
      end

      def read
        script = Script.new(Script.parse(File.expand_path(@file, @app.root), @file), @app.evaluation)
        script.each { |step| take(step, script) if step.node.is_a?(Prism::CallNode) && step.node.receiver.nil? && !step.block }
      end

      def take(step, script)
        case step.node.name
        when :threads then say(:threads, step, script, step.arguments.last) if step.arguments.any?
        when :workers then say(:workers, step, script, step.arguments.first)
        when :preload_app! then say(:preload, step, script, step.arguments.first, Value.new(value: true, line: step.line))
        when :plugin then @plugins << step.arguments.first.unescaped if step.arguments.first.respond_to?(:unescaped)
        when :prune_bundler then say(:prune_bundler, step, script, step.arguments.first)
        end
      end

      def say(name, step, script, node, without = Value.unknown(step.line))
        value = node ? script.value(node, step.locals) : without
        value = Value.unknown(step.line) unless step.certain
        @said[name] = Figure.new(value: value, by: :file, file: @file, line: value.line || step.line)
      end

      def of_command(names)
        text = option(names) or return
        value = Integer(yield(text), exception: false)
        file, line = @app.deployment.web.place
        Figure.new(value: value ? Value.new(value: value) : Value.unknown, by: :command, file: file, line: line)
      end

      def of_variables(names)
        name = names.find { |each| !@app.variable(each).to_s.strip.empty? } or return
        file, line = @app.place_of(name)
        given = @app.variable(name)
        value = (given == :unknown) ? Value.unknown : Value.new(value: given, variables: {name => given})
        Figure.new(value: value, by: :variable, file: file, line: line)
      end

      # `-t 5`, `-t5`, `--threads 5`, `--threads=5`
      def option(names)
        @command.each_with_index do |word, index|
          name = names.find { |each| word.match?(each.start_with?("--") ? /\A#{each}(?:=|\z)/ : /\A#{each}/) } or next
          return (word == name) ? @command[index + 1] : word.delete_prefix(name).delete_prefix("=")
        end
        nil
      end
    end
  end
end
