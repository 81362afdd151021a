# frozen_string_literal: true

require_relative "not_loaded"

module ShowcaseMemtrim
  module Cable
    # Answers whatever else the app's code asks of a stand-in for Rails: that it is not there.
    class Refusing < Module
      # @param name [String] of what it stands in for
      def initialize(name)
        super()
        define_method(:respond_to_missing?) { |*| false }
        define_method(:method_missing) do |called, *|
          place = NotLoaded.place(caller_locations(1, 1)&.first)
          message = "#{name}.#{called} is not there in this Action Cable server#{", and #{place} asks for it" if place}; run the full server for channels that need it"
          raise NotLoaded.new(message, called, receiver: self)
        end
      end
    end
  end
end
