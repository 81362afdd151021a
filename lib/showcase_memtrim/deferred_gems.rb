# frozen_string_literal: true

require_relative "callers"

module ShowcaseMemtrim
  # Gems that Bundler.require does not require in this process: each is loaded when one of its top-level constants is
  # used first.
  #
  # That is an `autoload`, which Ruby makes safe for threads and hands on to forked children.
  class DeferredGems
    # A gem that was loaded after all. constant: the one whose use loaded it, or nil for a plain require; file and line:
    # of that use; seconds and bytes (anonymous resident memory): what loading took, where that was asked for.
    Use = Struct.new(:gem, :constant, :file, :line, :seconds, :bytes, :time, keyword_init: true)

    # @return [Array<String>] what Bundler would require of a gem (Bundler::Runtime#require), the first that exists
    #   where it tries two names; none where it requires nothing
    def self.features(dependency)
      names = dependency.autorequire
      return [[dependency.name, dependency.name.tr("-", "/")].find { |name| $LOAD_PATH.resolve_feature_path(name) } || dependency.name] if names.nil?
      Array(names).map { |name| (name == true) ? dependency.name : name.to_s }
    end

    # @return [Array<Symbol>] what Rails.groups will be
    def self.groups
      [:default, (ENV["RAILS_ENV"] || ENV["RACK_ENV"] || "development").to_sym, *ENV["RAILS_GROUPS"].to_s.split(",").map(&:to_sym)]
    end

    # @return [Array<Use>] in the order of their ends
    attr_reader :uses

    # @param constants [Hash{String => Array<String>}] gem → top-level constants; without any the gem is not loaded at all
    # @param on_use [#call, nil] takes each Use
    # @param measure [Boolean] seconds and bytes
    def initialize(constants, on_use: nil, measure: false)
      @constants = constants
      @on_use = on_use
      @measure = measure
      @uses = []
      @features = {}
      @loading = []
    end

    # Call it when Bundler is set up, and before it requires the gems.
    def install
      dependencies.each do |dependency|
        features = DeferredGems.features(dependency)
        dependency.instance_variable_set(:@autorequire, [])
        next if features.empty? || (dependency.groups & DeferredGems.groups).empty? # Bundler would not have
        @features[features.first] = [dependency.name, features]
        @constants[dependency.name].each { |constant| Object.autoload(constant, features.first) }
      end
      watch if @features.any?
    end

    # @return [Array<String>] the deferred gems of which the main file is loaded
    def loaded
      files = @features.keys.to_h { |feature| [feature, $LOAD_PATH.resolve_feature_path(feature)&.last] }
      @features.filter_map { |feature, (name, _)| name if $LOADED_FEATURES.include?(files[feature]) }
    end

    # What the main object is asked to require. Of an autoload that is Ruby itself (rb_autoload_load in variable.c), with
    # the line that names the constant below.
    #
    # @return [Boolean] as Kernel#require
    def required(feature)
      name, features = @features[feature]
      return yield if name.nil? || @loading.include?(name) || @uses.any? { |use| use.gem == name }
      begin
        @loading << name
        use(name, Callers.first(caller_locations)) { yield.tap { features.drop(1).each { |other| ::Kernel.require(other) } } }
      ensure
        @loading.delete(name)
      end
    end

    private

    def dependencies
      ::Bundler.load.dependencies.select { |dependency| @constants.key?(dependency.name) }
    end

    def watch
      gems = self
      TOPLEVEL_BINDING.receiver.extend(Module.new do
        define_method(:require) { |feature| gems.required(feature) { super(feature) } }
        private :require
      end)
    end

    def use(name, place)
      start = [now, anon] if @measure
      yield.tap do
        took = [now - start.first, anon && anon - start.last] if start
        file = Callers.path(place) if place
        @uses << Use.new(gem: name, constant: constant(name, file, place&.lineno), file: file, line: place&.lineno, seconds: took&.first, bytes: took&.last, time: Time.now)
        @on_use&.call(@uses.last)
      end
    end

    # Ruby does not say which constant it loads a file for: the line does, where it can be read. A line of the program's
    # own top level may require the gem by name, too.
    def constant(name, file, line)
      text = File.file?(file.to_s) ? File.foreach(file).first(line).last.to_s : ""
      @constants[name].find { |constant| text.match?(/\b#{constant}\b/) } || (@constants[name].first unless text.match?(/\brequire\b/))
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # @return [Integer, nil] bytes; nil: not known on this platform
    def anon
      Processes.usage(Process.pid)[:anon_bytes] if defined?(Processes)
    end
  end
end
