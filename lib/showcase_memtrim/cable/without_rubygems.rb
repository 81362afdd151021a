# frozen_string_literal: true

require_relative "loaded_in_part"

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

  # Below RubyGems' own, which are the module's singleton methods.
  module Asked
    def ruby
      RbConfig.ruby
    end

    def win_platform?
      false
    end
  end

  # Bundler, for a channel that starts a program outside the bundle. No autoload: Puma would take it for loaded.
  module BundlerOnDemand
    def const_missing(name)
      return super unless name == :Bundler && !Object.const_defined?(:Bundler)
      Gem.load_all
      require "bundler"
      ::Bundler
    end
  end
end

Gem.extend(ShowcaseMemtrim::Cable::LoadedInPart.new { require "rubygems" }, Gem::Asked)
Object.prepend(Gem::Chosen)
Module.prepend(Gem::BundlerOnDemand)
