# frozen_string_literal: true

require_relative "../callers"

module ShowcaseMemtrim
  module Railties
    # Sees each of Rails' railties come in, and who required it.
    class Watch
      # file and line: of the require; nil where nobody's can be told
      Arrival = Struct.new(:name, :file, :line)

      # @return [Hash{String => Arrival}] by name, in order
      attr_reader :arrivals

      # @param list [List]
      # @param on_arrival [#call, nil] takes each Arrival, before the railtie's class has a body
      def initialize(list, on_arrival: nil)
        @names = list.known.to_h { |name| [File.realpath(list.source(name).file), name] }
        @on_arrival = on_arrival
        @arrivals = {}
      end

      # Call it when Rails is there, and its railties are not yet.
      def start
        watch = self
        ::Rails::Railtie.singleton_class.prepend(Module.new do
          define_method(:inherited) do |base|
            super(base)
            watch.note(caller_locations(1))
          end
        end)
      end

      # Of a new railtie; other gems' are none of Rails'.
      def note(locations)
        index = locations.index { |location| @names.key?(real_path(location)) } or return
        name = @names.fetch(real_path(locations[index]))
        return if @arrivals.key?(name)
        place = Callers.first(locations.drop(index + 1).reject { |location| real_path(location) == real_path(locations[index]) })
        @arrivals[name] = Arrival.new(name, place && Callers.path(place), place&.lineno)
        @on_arrival&.call(@arrivals[name])
      end

      private

      def real_path(location)
        location.absolute_path && File.realpath(location.absolute_path)
      rescue SystemCallError
        nil
      end
    end
  end
end
