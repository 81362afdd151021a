# frozen_string_literal: true

# What libraries ask of RubyGems while they are loaded. Whoever asks for more gets all of it.
module Gem
  autoload :Version, "rubygems/version"
  autoload :Requirement, "rubygems/requirement"

  # Bundler has chosen the versions already.
  module Chosen
    private

    def gem(*)
      true
    end
  end

  class << self
    def ruby
      RbConfig.ruby
    end

    def win_platform?
      false
    end

    def respond_to_missing?(...)
      false
    end

    def method_missing(name, ...)
      load_all
      public_send(name, ...)
    end

    def const_missing(name)
      load_all
      const_get(name)
    end

    def load_all
      singleton_class.send(:remove_method, :method_missing, :const_missing, :win_platform?, :ruby, :load_all)
      require "rubygems"
    end
  end

  # Bundler, for a channel that starts a program outside the bundle. No autoload: Puma would take it for loaded.
  module BundlerOnDemand
    def const_missing(name)
      return super unless name == :Bundler && !Object.const_defined?(:Bundler)
      Gem.load_all if Gem.respond_to?(:load_all)
      require "bundler"
      ::Bundler
    end
  end
end

Object.prepend(Gem::Chosen)
Module.prepend(Gem::BundlerOnDemand)
