# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # For a library's module of which only a part is loaded: the first name that it does not know brings the rest.
    #
    # @example
    #   Concurrent.extend(LoadedInPart.new { require "concurrent" })
    class LoadedInPart < Module
      # @yield loads the library
      def initialize(&rest)
        super()
        define_method(:load_all) do
          now, rest = rest, nil # what is missing while it loads, or afterwards, is nowhere
          now&.call
        end
        define_method(:const_missing) do |name|
          next super(name) unless rest
          load_all
          const_get(name)
        end
        define_method(:respond_to_missing?) { |*| false }
        define_method(:method_missing) do |name, *arguments, **options, &block|
          next super(name, *arguments, **options, &block) unless rest
          load_all
          public_send(name, *arguments, **options, &block)
        end
      end
    end
  end
end
