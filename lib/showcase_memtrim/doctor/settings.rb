# frozen_string_literal: true

require_relative "ruby/script"

module ShowcaseMemtrim
  class Doctor
    # What config/application.rb, config/environments/<env>.rb and config/initializers set, in the order in which Rails reads
    # them: the last one wins.
    class Settings
      APPLICATION = "config/application.rb"
      # Blocks in which `self` and the time are as outside of them.
      TRANSPARENT = /\A(?:::)?(?:Rails\.application|[\w:]+::Application)\.configure\z/
      LATER = /\.(?:after|before)_initialize\z/
      ROOTS = %w[Rails.application.config Rails.configuration Rails.application.configuration self.config].freeze

      # A line that sets something. name: "action_mailer.perform_caching". value: a {Value}; of what is changed in place
      # (<<, +=, merge!), or set by a line that may not be reached, an unknown one. node: what it is set to, or nil.
      Setting = Struct.new(:name, :value, :node, :file, :line, :certain, keyword_init: true)
      # `require "x"`, or one of a list in a loop.
      Required = Struct.new(:name, :file, :line, :certain, keyword_init: true)
      # `Bundler.require(…)`: groups: Array of names, or nil where they are not known
      BundlerRequire = Struct.new(:groups, :file, :line, :certain, keyword_init: true)
      # Any other call with a constant for its receiver: RubyVM::YJIT.enable
      Call = Struct.new(:text, :file, :line, :certain, keyword_init: true)

      # @return [Array<Setting>]
      attr_reader :all
      # @return [Array<Required>] those of config/application.rb
      attr_reader :requires
      # @return [Array<BundlerRequire>]
      attr_reader :bundler_requires
      # @return [Array<Call>]
      attr_reader :calls

      # @param root [String]
      # @param env [String]
      # @param evaluation [Evaluation]
      # @raise [Error] for a file that can't be parsed
      def initialize(root, env:, evaluation:)
        @root = root
        @env = env
        @evaluation = evaluation
        @all, @requires, @bundler_requires, @calls = [], [], [], []
        @read = []
        files.each { |file| read(file) }
      end

      # @return [Array<String>] those that Rails reads, in its order
      def files
        [APPLICATION, "config/environments/#{@env}.rb", *Dir.glob("config/initializers/**/*.rb", base: @root).sort].select { |file| File.file?(File.join(@root, file)) }
      end

      # @return [Setting, nil] the line that wins; nil: none
      def last(name)
        @all.reverse_each.find { |setting| setting.name == name }
      end

      # @return [Array<Setting>] of `config.action_mailer` and below
      def below(name)
        @all.select { |setting| setting.name == name || setting.name.start_with?("#{name}.") }
      end

      private

      def read(file)
        path = File.join(@root, file)
        return if @read.include?(path)
        @read << path
        script = Script.new(Script.parse(path, file), @evaluation, same: method(:same))
        script.each { |step| take(step, file, script) }
      end

      def same(call)
        text = text(call)
        TRANSPARENT.match?(text) || (:later if LATER.match?(text))
      end

      def take(step, file, script)
        node = step.node
        return changed(step, file, node.read_name.to_s) unless node.is_a?(Prism::CallNode)
        return required(step, file) if node.receiver.nil? && %i[require require_relative].include?(node.name)
        case node.name
        when :each then list(step, file)
        when :load_defaults then set(step, file, "load_defaults", script) if path(node.receiver, step)
        else of_receiver(step, file, script)
        end
      end

      def of_receiver(step, file, script)
        node = step.node
        text = text(node)
        return bundler_require(step, file, script) if text == "Bundler.require"
        return if node.receiver.nil?
        @calls << Call.new(text: text, file: file, line: step.line, certain: step.certain) if text.match?(/\A[A-Z]\w*(?:::[A-Z]\w*)*\.\w+[?!]?\z/)
        name = node.name.to_s
        if name.match?(/\A\w+=\z/)
          names = path(node.receiver, step) or return
          set(step, file, [*names, name.delete_suffix("=")].join("."), script)
        elsif (names = path(node.receiver, step)) && names.any?
          changed(step, file, nil) unless name.end_with?("?")
        end
      end

      def set(step, file, name, script)
        node = step.arguments.last
        value = (step.certain && !step.block && node) ? script.value(node, step.locals) : Value.unknown(step.line)
        @all << Setting.new(name: name, value: value, node: node, file: file, line: step.line, certain: step.certain && !step.block)
      end

      # `config.log_tags << :uuid`, `config.hosts += […]`, `config.x[:y] = 1`
      def changed(step, file, last)
        names = path(step.node.receiver, step) or return
        name = [*names, *last].join(".")
        @all << Setting.new(name: name, value: Value.unknown(step.line), node: nil, file: file, line: step.line, certain: step.certain) unless name.empty?
      end

      # @return [Array<String>, nil] of `config.action_mailer`: ["action_mailer"]; nil: it is not Rails' configuration
      def path(node, step)
        return unless node.is_a?(Prism::CallNode)
        return [] if ROOTS.include?(text(node).delete_prefix("::"))
        return (step.block ? nil : []) if node.receiver.nil? && node.name == :config && node.arguments.nil?
        return if node.arguments || node.receiver.nil?
        names = path(node.receiver, step)
        [*names, node.name.to_s] if names
      end

      # "Rails.application.config" of such a call; of others their name.
      def text(node)
        case node
        when Prism::CallNode then node.receiver ? "#{text(node.receiver)}.#{node.name}" : node.name.to_s
        when Prism::ConstantReadNode, Prism::ConstantPathNode, Prism::SelfNode then node.slice
        else "?"
        end
      end

      def required(step, file)
        name = step.arguments.first
        return unless name.is_a?(Prism::StringNode)
        return beside(name.unescaped, file) if step.node.name == :require_relative
        @requires << Required.new(name: name.unescaped, file: file, line: step.line, certain: step.certain) if file == APPLICATION
      end

      # config/environments/staging.rb may begin with production's.
      def beside(name, file)
        other = File.expand_path("#{name.delete_suffix(".rb")}.rb", File.join(@root, File.dirname(file))).delete_prefix("#{@root}/")
        read(other) if other.start_with?("config/") && other != "config/boot.rb" && File.file?(File.join(@root, other))
      end

      # `%w[a/railtie b/engine].each { |name| require name }`
      def list(step, file)
        names, block = step.node.receiver, step.node.block
        return unless file == APPLICATION && names.is_a?(Prism::ArrayNode) && block.is_a?(Prism::BlockNode) && names.elements.all?(Prism::StringNode)
        return unless block.slice.match?(/\|\s*(\w+)\s*\|.*\brequire\s*\(?\s*\1\b/m)
        names.elements.each { |element| @requires << Required.new(name: element.unescaped, file: file, line: element.location.start_line, certain: step.certain) }
      end

      def bundler_require(step, file, script)
        groups = step.arguments.empty? ? [["default"]] : step.arguments.map { |argument| groups(argument, script, step) }
        @bundler_requires << BundlerRequire.new(groups: (groups.flatten.uniq if groups.all?), file: file, line: step.line, certain: step.certain)
      end

      # @return [Array<String>, nil]
      def groups(node, script, step)
        return groups(node.expression, script, step) if node.is_a?(Prism::SplatNode)
        return rails_groups(node, script, step) if node.is_a?(Prism::CallNode) && text(node).delete_prefix("::") == "Rails.groups"
        value = script.value(node, step.locals)
        Array(value.value).map(&:to_s) if value.known?
      end

      # As Rails.groups has them: of a hash those whose environments have this one.
      def rails_groups(node, script, step)
        given = (node.arguments&.arguments || []).map { |argument| script.value(argument, step.locals) }
        return unless given.all?(&:known?)
        hashes, names = given.map(&:value).partition { |value| value.is_a?(Hash) }
        chosen = hashes.flat_map { |hash| hash.select { |_, environments| Array(environments).map(&:to_s).include?(@env) }.keys }
        ["default", @env, *names.flatten.map(&:to_s), *chosen.map(&:to_s)]
      end
    end
  end
end
