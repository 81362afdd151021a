# frozen_string_literal: true

require_relative "callers"

module ShowcaseMemtrim
  # Gems that Bundler.require does not require in this process: each is loaded when one of its top-level constants is
  # used first.
  #
  # That is an `autoload`, which Ruby makes safe for threads and hands on to forked children.
  class DeferredGems
    # A gem that was loaded after all. constant: the one whose use loaded it, or nil for a plain require; file and line:
    # of that use; seconds and bytes (anonymous resident memory): what loading took, where that was asked for and it was
    # not the middle of a load.
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
    # @param on_use [#call, nil] takes each Use, and the stack there (Array<Thread::Backtrace::Location>)
    # @param measure [Boolean] seconds and bytes
    def initialize(constants, on_use: nil, measure: false)
      @constants = constants
      @on_use = on_use
      @measure = measure
      @uses = []
      @features = {}
      @directories = {}
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
      return if @features.empty?
      watch
      watch_files if @on_use
    end

    # @return [Array<String>] those that wait in this process, or have waited: its groups decide
    def names
      @features.each_value.map(&:first)
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
        use(name, caller_locations) { yield.tap { features.drop(1).each { |other| ::Kernel.require(other) } } }
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

    # A require by name is seen only where the main object is asked: in a method of the app's, it is another one. So
    # whoever keeps a log of uses is told by the gem's files, too. Nothing of them has run then.
    def watch_files
      TracePoint.new(:script_compiled) do |event|
        path = event.instruction_sequence.absolute_path
        name = names.find { |each| path.start_with?(*directories(each)) } if path && !event.eval_script
        add(name, nil, caller_locations) unless name.nil? || path.end_with?("/version.rb") || @loading.include?(name) || @uses.any? { |use| use.gem == name }
      end.enable
    end

    # @return [Array<String>] as $LOAD_PATH names them, and as Ruby then names the files; none before Bundler has
    #   activated the gem
    def directories(name)
      @directories[name] ||= begin
        paths = ::Gem.loaded_specs[name]&.full_require_paths or return []
        (paths + paths.select { |path| File.directory?(path) }.map { |path| File.realpath(path) }).uniq.map { |path| "#{path}/" }
      end
    end

    def use(name, locations)
      start = [now, anon] if @measure
      yield.tap do
        took = [now - start.first, anon && anon - start.last] if start
        place = Callers.first(locations)
        add(name, constant(name, place && Callers.path(place), place&.lineno), locations, seconds: took&.first, bytes: took&.last)
      end
    end

    def add(name, constant, locations, **took)
      place = Callers.first(locations)
      @uses << Use.new(gem: name, constant: constant, file: place && Callers.path(place), line: place&.lineno, time: Time.at(Process.clock_gettime(Process::CLOCK_REALTIME)), **took)
      @on_use&.call(@uses.last, locations)
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
