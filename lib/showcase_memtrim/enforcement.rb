# frozen_string_literal: true

require_relative "configuration"
require_relative "configuration_check"
require_relative "deferred_gems"
require_relative "left_out_railties"
require_relative "left_out_railties/needs"
require_relative "railties/list"

module ShowcaseMemtrim
  # Holds an app to its config/memtrim.yml: the railties that are listed are loaded and no others, the gems that are
  # deferred wait for their first use.
  class Enforcement
    # A railtie that is left out, and required by somebody. No StandardError: whoever rescues those around a require means
    # a missing file.
    class Refused < ScriptError; end

    class << self
      # @return [Enforcement, nil] of this process's app
      attr_reader :current

      # Reads the configuration and defers the gems; nothing of Rails is loaded.
      #
      # @param directory [String] the app's
      # @raise [Error] for a configuration that can't be had
      def start(directory)
        @current = new(directory).tap(&:start)
      rescue Error => error
        error.set_backtrace(Callers.backtrace) # the line that has required us, and not where we are
        raise
      end
    end

    # @return [Configuration]
    attr_reader :configuration
    # @return [DeferredGems]
    attr_reader :gems
    # @return [String] raise, warn or off
    attr_reader :enforce

    def initialize(directory)
      @directory = directory
      @configuration = Configuration.read(directory)
      @enforce = @configuration.enforce(DeferredGems.groups[1].to_s)
      @late = []
    end

    # See Enforcement.start.
    def start
      @list = Railties::List.installed
      ConfigurationCheck.new(@configuration, @list).run
      check_app
      tell_what_comes_too
      defer
    end

    # @return [Railties::List::Plan, nil] nil: all of rails/all
    def plan
      return unless @configuration.railties
      @plan ||= @list.plan(@configuration.railties.map(&:name))
    end

    # Call it when Rails is there, and its railties are not yet.
    def guard
      left_out.answer
      ::ActiveSupport.on_load(:after_initialize) { Enforcement.current.initialized }
    end

    # The app is booted: what it has loaded although its configuration says otherwise.
    def initialized
      return if @enforce == "off"
      raise @late.first if @late.any? && @enforce == "raise" # somebody rescued it
      used = @gems.uses.to_h { |use| [use.gem, use] }
      @gems.loaded.each do |name|
        use = used[name]
        by = use&.file ? "#{Callers.describe(use.file, use.line, @directory)} loads it" : "somebody requires it"
        tell(@configuration.deferred.find { |entry| entry.name == name }.line, "#{name} is deferred, and #{by} at boot all the same")
      end
    end

    # @return [LeftOutRailties]
    def left_out
      @left_out ||= LeftOutRailties.new(@list, plan&.left_out || [], directory: @directory, why: place, on_arrival: method(:arrived))
    end

    private

    def defer
      log = Trace.from_environment(@directory) unless ENV["MEMTRIM_TRACE"].to_s.empty?
      @gems = DeferredGems.new(@configuration.deferred.to_h { |entry| [entry.name, entry.constants] }, on_use: log, measure: !log.nil?)
      @gems.install
    end

    # The list leaves out what the app's own classes are made of.
    def check_app
      return if plan.nil? || @enforce == "off"
      needs = LeftOutRailties::Needs.new(plan.left_out.map { |name| @list.source(name) }, directory: @directory, except: left_out.base_classes.files.keys).to_a
      need = needs.first or return
      more = needs.drop(1).select { |other| other.railtie == need.railtie }.map(&:file)
      message = "the list leaves out #{need.railtie}, and #{need.file}:#{need.line} needs it (#{need.text})#{"; so does #{more.first}" if more.any?}" \
        "#{" and #{more.size - 1} more" if more.size > 1}. Put #{need.railtie} in the list, or delete #{need.file} and what builds on it"
      raise @configuration.error(@configuration.railties_line, message) if @enforce == "raise"
      tell(@configuration.railties_line, message)
    end

    def tell_what_comes_too
      return if plan.nil? || plan.brought.empty? || @enforce == "off"
      brought = plan.brought.group_by(&:last).map { |by, names| "#{by} brings in #{names.map(&:first).join(", ")}" }
      tell(@configuration.railties_line, "Rails #{@list.version} can't have this list as it is: #{brought.join("; ")}. Loaded too; list them as well")
    end

    def arrived(arrival)
      return if @enforce == "off"
      by = arrival.file ? Callers.describe(arrival.file, arrival.line, @directory) : "somebody"
      refused = Refused.new("#{by} requires #{arrival.name}, which #{place} leaves out. Put it in the list, or do without what requires it")
      refused.set_backtrace(Callers.backtrace)
      @late << refused
      raise refused if @enforce == "raise"
      tell(nil, refused.message)
    end

    # @return [String] where the list of railties stands
    def place
      "#{Configuration::PATH}:#{@configuration.railties_line}"
    end

    def tell(line, message)
      warn "memtrim: #{"#{Configuration::PATH}:#{line}: " if line}#{message}"
    end
  end
end
