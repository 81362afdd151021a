# frozen_string_literal: true

module ShowcaseMemtrim
  # Leaves railties and gems out of the boot that follows: the list of railties (that of rails/all, or the app's own)
  # does not name them, and Bundler.require does not require them. Somebody else may still load them.
  #
  # It requires nothing, so that the program finds the interpreter as it would have without it.
  class LeftOut
    # Only the top-level code of these is answered; every other require is the program's own.
    LISTS = %r{/(?:config/application|rails/all)\.rb\z}
    # Where a process of somebody else's making (`bin/rails test`) finds what to leave out.
    VARIABLE = "MEMTRIM_LEFT_OUT"

    # @return [LeftOut, nil] as the environment says
    def self.from_environment
      lines = ENV[VARIABLE].to_s.lines(chomp: true).map(&:split)
      new(lines.to_h { |name, *constants| [name, constants] }) if lines.any?
    end

    # @return [Array<String>] what Bundler would require of a gem (Bundler::Runtime#require); none where it requires nothing
    def self.features(dependency)
      names = dependency.autorequire
      return [dependency.name, dependency.name.tr("-", "/")].uniq if names.nil?
      Array(names).map { |name| (name == true) ? dependency.name : name.to_s }
    end

    # @param names [Hash{String => Array<String>}] railties by require path and gems by name, each gem with the top-level
    #   constants that load it when they are used first; without any it is not loaded at all
    def initialize(names)
      @railties, @gems = names.keys.partition { |name| name.include?("/") }
      @constants = names
    end

    # @return [Hash{String => String}] the variables with which the Ruby programs below a process do as this one
    def environment
      lines = @constants.map { |name, constants| [name, *constants].join(" ") }
      {VARIABLE => lines.join("\n"), "RUBYOPT" => "-r#{__FILE__} #{ENV["RUBYOPT"]}".strip}
    end

    # Call it before the app's config/application.rb is read.
    def install
      answer_lists
      leave_gems_out
    end

    private

    def answer_lists
      left_out = self
      TOPLEVEL_BINDING.receiver.define_singleton_method(:require) do |name|
        next false if left_out.send(:in_a_list?, name, caller_locations(1, 1).first&.absolute_path)
        super(name).tap { left_out.send(:leave_gems_out) }
      end
      TOPLEVEL_BINDING.receiver.singleton_class.send(:private, :require)
    end

    def in_a_list?(name, path)
      leave_gems_out
      @railties.include?(name) && path&.match?(LISTS)
    end

    # As soon as Bundler knows the app's gems, and before it requires them: config/boot.rb sets it up, or whoever
    # started the program has.
    def leave_gems_out
      return if @gems_left_out || !defined?(::Bundler::SharedHelpers) || !::Bundler.instance_variable_get(:@load)
      @gems_left_out = true
      ::Bundler.load.dependencies.select { |dependency| @gems.include?(dependency.name) }.each do |dependency|
        @constants[dependency.name].each { |constant| Object.autoload(constant, feature(dependency)) }
        dependency.instance_variable_set(:@autorequire, [])
      end
    end

    # What Bundler would require first.
    def feature(dependency)
      names = LeftOut.features(dependency)
      names.find { |name| $LOAD_PATH.resolve_feature_path(name) } || names.first
    end
  end
end

ShowcaseMemtrim::LeftOut.from_environment&.install
