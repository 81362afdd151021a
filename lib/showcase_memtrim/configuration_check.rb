# frozen_string_literal: true

require_relative "configuration"
require_relative "gem_constants"

module ShowcaseMemtrim
  # Holds config/memtrim.yml against the installed Rails and the bundle. Nothing of either is loaded for it.
  class ConfigurationCheck
    # @param configuration [Configuration]
    # @param list [Railties::List]
    def initialize(configuration, list)
      @configuration = configuration
      @list = list
    end

    # @raise [Error] for an unknown railtie or gem, with the nearest right name; for a constant that its gem does not define
    def run
      check_railties
      check_gems
    end

    private

    def check_railties
      (@configuration.railties || []).each do |entry|
        next if @list.known.include?(entry.name)
        raise @configuration.error(entry.line, "#{entry.name} is no railtie of Rails #{@list.version}, or its gem is not in the bundle#{Configuration.did_you_mean(entry.name, @list.known)}")
      end
    end

    def check_gems
      return if @configuration.deferred.empty?
      raise @configuration.error(@configuration.deferred.first.line, "defer: is about what Bundler requires, and Bundler is not set up here") unless defined?(::Bundler::Runtime)
      names = ::Bundler.load.dependencies.map(&:name)
      @configuration.deferred.each do |entry|
        check_gem(entry, names)
        entry.constants.each { |constant| check_constant(entry, constant) }
      end
    end

    def check_gem(entry, names)
      return if names.include?(entry.name)
      raise @configuration.error(entry.line, "#{entry.name} is not in the Gemfile but brought in by another gem, which requires it when it likes: it can't be deferred") if ::Gem.loaded_specs.key?(entry.name)
      raise @configuration.error(entry.line, "no gem #{entry.name} in the bundle#{Configuration.did_you_mean(entry.name, names)}")
    end

    def check_constant(entry, constant)
      spec = ::Gem.loaded_specs[entry.name]
      return if spec.nil? || GemConstants.new(spec).include?(constant) # not in this environment's bundle
      raise @configuration.error(entry.line, "#{entry.name} #{spec.version} defines no #{constant}; `memtrim defer #{entry.name}` finds its constants")
    end
  end
end
