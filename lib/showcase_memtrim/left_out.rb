# frozen_string_literal: true

require_relative "deferred_gems"
require_relative "left_out_railties"
require_relative "railties/list"

module ShowcaseMemtrim
  # Leaves railties and gems out of the boot that follows, whatever list the app has: that of rails/all, its own, or
  # config/memtrim.yml. For trials and checks; an app that wants to be without them says so in config/memtrim.yml
  # (Enforcement), and both do it by the same means.
  #
  # It requires nothing of Ruby's, so that the program finds the interpreter as it would have without it.
  class LeftOut
    # Only the top-level code of these is answered; every other require is the program's own.
    LISTS = %r{/(?:config/application|rails/all)\.rb\z}
    # Where a process of somebody else's making (`bin/rails test`) finds what to leave out.
    VARIABLE = "MEMTRIM_LEFT_OUT"

    # @param log [Trace, nil] of the gems' first uses
    # @return [LeftOut, nil] as the environment says
    def self.from_environment(log: nil)
      lines = ENV[VARIABLE].to_s.lines(chomp: true).map(&:split)
      new(lines.to_h { |name, *constants| [name, constants] }, log: log) if lines.any? || log
    end

    # @return [DeferredGems]
    attr_reader :gems

    # @param names [Hash{String => Array<String>}] railties by require path and gems by name, each gem with the top-level
    #   constants that load it when they are used first; without any it is not loaded at all
    # @param log [#call, nil] takes each DeferredGems::Use
    def initialize(names, log: nil)
      @railties, gems = names.keys.partition { |name| name.include?("/") }
      @names = names
      @gems = DeferredGems.new(names.slice(*gems), on_use: log, measure: !log.nil?)
    end

    # @param rubyopt [String, nil] what else they have there: ours, unless this process runs in a bundle of its own
    # @return [Hash{String => String}] the variables with which the Ruby programs below a process do as this one
    def environment(rubyopt = ENV["RUBYOPT"])
      lines = @names.map { |name, constants| [name, *constants].join(" ") }
      {VARIABLE => lines.join("\n"), "RUBYOPT" => "-r#{__FILE__} #{rubyopt}".strip}
    end

    # Call it before the app's config/application.rb is read.
    #
    # @yield [Railties::List] when Rails is there, and its railties are not yet
    def install(&on_rails)
      left_out = self
      @on_rails = on_rails
      TOPLEVEL_BINDING.receiver.extend(Module.new do
        define_method(:require) { |name| left_out.required(name) { super(name) } }
        private :require
      end)
      leave_gems_out
    end

    # What the main object is asked to require.
    #
    # @return [Boolean] as Kernel#require
    def required(name)
      leave_gems_out
      return false if @railties.include?(name) && in_a_list?
      yield.tap do
        leave_gems_out
        answer_for_railties
      end
    end

    private

    # Our own rails.rb is passed over: then it is the application that requires it.
    def in_a_list?
      place = Callers.first(caller_locations) or return
      Callers.path(place).match?(LISTS)
    end

    # As soon as Bundler knows the app's gems, and before it requires them: config/boot.rb sets it up, or whoever
    # started the program has.
    def leave_gems_out
      return if @gems_left_out || !defined?(::Bundler::SharedHelpers) || !::Bundler.instance_variable_get(:@load)
      @gems_left_out = true
      @gems.install
    end

    # As soon as there is all of Rails, whose own railties come after it.
    def answer_for_railties
      return if @answered || !defined?(::Rails::Application)
      @answered = true
      list = Railties::List.installed
      LeftOutRailties.new(list, @railties & list.known, directory: Dir.pwd, why: "this boot").answer
      @on_rails&.call(list)
    end
  end
end

# `memtrim trace` keeps a log of it, and installs it itself (trace/child.rb).
ShowcaseMemtrim::LeftOut.from_environment&.install unless ENV.key?("MEMTRIM_TRACE_RUN")
