# frozen_string_literal: true

require "psych"
require_relative "../showcase_memtrim"
require_relative "configuration/nodes"

module ShowcaseMemtrim
  # config/memtrim.yml: which railties are loaded, which gems are deferred, and what a boot may take. Read by the app
  # before Rails is there, so it knows YAML and nothing else.
  class Configuration
    include Nodes

    PATH = "config/memtrim.yml"
    KEYS = %w[railties enforce defer ignore budget].freeze
    ENFORCE = %w[raise warn off].freeze

    # A name as the file has it. constants and force: of a deferred gem; force is the reason why it is deferred although
    # `memtrim defer` would not, or nil. reason: why a finding is ignored.
    Entry = Struct.new(:name, :line, :constants, :force, :reason, keyword_init: true)

    # What a boot is held to. measure: rss, anon, held, seconds, growth, gem or railtie; name: of the last two. limit:
    # bytes, or seconds.
    Limit = Struct.new(:measure, :name, :limit, :line, keyword_init: true) do
      # @return [String] "config/memtrim.yml:12"
      def place
        "#{PATH}:#{line}"
      end

      # @return [Hash] as a ShowcaseMemtrim::Budget's plan has it
      def to_h
        {measure: measure, name: name, limit: limit, place: place}.compact
      end
    end

    # @param directory [String] the app's
    # @return [Configuration] without the file: one that changes nothing
    # @raise [Error] for what is no such configuration, with the line
    def self.read(directory)
      file = File.join(directory, PATH)
      new(File.file?(file) ? File.read(file, encoding: "BOM|UTF-8") : nil)
    end

    # The nearest of some names, for an error's last words.
    #
    # @return [String] "; did you mean action_mailer/railtie?", or nothing
    def self.did_you_mean(name, names)
      near = names.find { |known| known.start_with?("#{name}/") }
      near ||= DidYouMean::SpellChecker.new(dictionary: names).correct(name).first if defined?(DidYouMean::SpellChecker)
      near ? "; did you mean #{near}?" : ""
    end

    # @return [Array<Entry>, nil] nil: all of rails/all
    attr_reader :railties
    # @return [Array<Entry>] gems
    attr_reader :deferred
    # @return [Array<Entry>] gems and railties of which `memtrim unused` is not to speak, and rules of `memtrim doctor`
    attr_reader :ignored
    # @return [Integer, nil] the line of `railties:`
    attr_reader :railties_line

    # @param text [String, nil] nil: there is no file
    def initialize(text)
      @text = text
      @deferred = []
      @ignored = []
      root = parse
      read_mapping(root) if root
    end

    # @param environment [String] RAILS_ENV
    # @return [String] raise, warn or off
    def enforce(environment)
      @enforce || (%w[development test].include?(environment) ? "raise" : "warn")
    end

    # Read when it is asked for: an app at its boot has no use for it, and need not fail for it.
    #
    # @return [Array<Limit>] none without the key
    # @raise [Error] for what is no budget, with the line
    def budget
      @budget ||= begin
        root = parse
        _, value = pairs(root).find { |key, _| key.value == "budget" } if root
        value ? read_budget(value) : []
      end
    end

    # @return [Error] which names the file
    def error(line, message)
      Error.new("#{PATH}#{":#{line}" if line}: #{message}")
    end

    private

    def parse
      document = Psych.parse(@text.to_s, filename: PATH)
      root = document.respond_to?(:root) ? document.root : nil
      return root if root.nil? || root.is_a?(Psych::Nodes::Mapping)
      return if root.is_a?(Psych::Nodes::Scalar) && root.value.empty?
      raise error(line(root), "this is no mapping; its keys are #{KEYS.join(", ")}")
    rescue Psych::SyntaxError => problem
      raise error(problem.line, "not YAML: #{[problem.problem, problem.context].compact.join(" ")}")
    end

    def read_mapping(root)
      pairs(root).each do |key, value|
        case key.value
        when "railties" then read_railties(key, value)
        when "enforce" then @enforce = one_of(ENFORCE, key, value)
        when "defer" then read_deferred(value)
        when "ignore" then read_ignored(value)
        when "budget" then next # see #budget
        else raise error(line(key), "no key #{key.value}#{Configuration.did_you_mean(key.value, KEYS)}; the keys are #{KEYS.join(", ")}")
        end
      end
    end

    def read_railties(key, value)
      @railties_line = line(key)
      @railties = strings(value) { raise error(line(key), "railties: wants a list (- action_controller/railtie)") }.map { |node| Entry.new(name: node.value, line: line(node)) }
      raise error(line(key), "railties: is an empty list; name those that the app needs, or take the key out for all of rails/all") if @railties.empty?
      unique(@railties) { |entry| [entry.name, entry.line] }
    end

    def read_deferred(value)
      return if nothing?(value)
      raise error(line(value), "defer: wants gems with their constants (combine_pdf: [CombinePDF])") unless mapping?(value)
      @deferred = pairs(value).map { |key, constants| deferred_gem(key, constants) }
    end

    def read_ignored(value)
      return if nothing?(value)
      raise error(line(value), "ignore: wants gems, railties and rules of `memtrim doctor`, each with the reason (chronic: used by the console)") unless mapping?(value)
      @ignored = pairs(value).map do |key, reason|
        raise error(line(key), "#{key.value}: wants the reason why its finding is ignored") if !reason.is_a?(Psych::Nodes::Scalar) || nothing?(reason) || reason.value.strip.empty?
        Entry.new(name: key.value, line: line(key), reason: reason.value.strip)
      end
    end

    def read_budget(value)
      require_relative "configuration/budget"
      Budget.new(self, value).limits
    end

    def deferred_gem(key, value)
      options = mapping?(value) ? pairs(value).to_h : {}
      unknown = options.keys.find { |option| !%w[constants force].include?(option.value) }
      raise error(line(unknown), "no key #{unknown.value} for a deferred gem; it takes constants and force") if unknown
      options = options.transform_keys(&:value)
      value = options.fetch("constants", value)
      constants = mapping?(value) ? [] : strings(value) { constants_wanted(key) }.map(&:value)
      constants_wanted(key) if constants.empty?
      constants.each { |constant| raise error(line(value), "#{constant} is no top-level constant's name") unless constant.match?(/\A[[:upper:]]\w*\z/) }
      Entry.new(name: key.value, line: line(key), constants: constants, force: reason(key, options["force"]))
    end

    def constants_wanted(key)
      raise error(line(key), "#{key.value}: wants the constants that load it (#{key.value}: [#{key.value.split(/[-_]/).map(&:capitalize).join}]); `memtrim defer #{key.value}` finds them")
    end

    def reason(key, value)
      return if value.nil?
      return value.value if value.is_a?(Psych::Nodes::Scalar) && !nothing?(value)
      raise error(line(value), "force: wants the reason why #{key.value} is deferred all the same")
    end

    # One string, or a list of them.
    def strings(node)
      return [] if nothing?(node)
      nodes = node.is_a?(Psych::Nodes::Sequence) ? node.children : [node]
      yield unless nodes.all? { |each| each.is_a?(Psych::Nodes::Scalar) && !nothing?(each) }
      nodes
    end

    def one_of(values, key, node)
      value = node.is_a?(Psych::Nodes::Scalar) ? node.value : nil
      return value if values.include?(value)
      raise error(line(node), "#{key.value}: is one of #{values.join(", ")}#{", not #{value}" if value}")
    end
  end
end
