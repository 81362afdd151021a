# frozen_string_literal: true

require_relative "callers"
require_relative "left_out_railties/constants"
require_relative "left_out_railties/base_classes"
require_relative "left_out_railties/methods"
require_relative "left_out_railties/rails_controllers"
require_relative "left_out_railties/settings"
require_relative "railties/list"
require_relative "railties/watch"

module ShowcaseMemtrim
  # Railties that this process does without, and its answers to code that thinks they are there: a setting has no effect,
  # a class or a method of theirs is an error that says what to do, a generated base class alone is not loaded.
  #
  # `config.respond_to?(:action_mailer)` and `defined?(ActionMailer)` stay as they are without the railtie: that is how
  # Rails and other gems ask.
  class LeftOutRailties
    # In place of a bare NameError, and as one for whoever rescues it.
    class ConstantError < NameError
      # Ruby's suggestions would be some other constant's name.
      def corrections
        []
      end
    end

    # In place of a bare NoMethodError.
    class MethodError < NoMethodError
      # See ConstantError.
      def corrections
        []
      end
    end

    # @return [Settings]
    attr_reader :settings
    # @return [BaseClasses]
    attr_reader :base_classes

    # @param list [Railties::List]
    # @param names [Array<String>] those that are left out
    # @param directory [String] the app's
    # @param why [String] for people: what leaves them out
    # @param on_arrival [#call, nil] takes the Railties::Watch::Arrival of one that somebody requires all the same
    def initialize(list, names, directory:, why:, on_arrival: nil)
      @list = list
      @sources = names.map { |name| list.source(name) }
      @directory = directory
      @why = why
      @on_arrival = on_arrival
      @settings = Settings.new(@sources, directory: directory)
      @base_classes = BaseClasses.new(@sources, directory: directory)
    end

    # Call it when Rails is there, and its railties are not yet.
    def answer
      return if @sources.empty?
      Railties::Watch.new(@list, on_arrival: method(:arrived)).start
      @settings.answer
      @base_classes.ignore
      RailsControllers.new(@sources).skip
      Constants.new(self).answer
      Methods.new(self, @sources).answer
    end

    # @param name [Symbol] of a constant that nobody defines
    # @param receiver [Module] in which it was looked for: a gem may have opened ActionMailer to add something to it
    # @return [ConstantError, nil] nil: it is none of theirs
    def constant_error(name, receiver)
      source = @sources.find { |each| each.namespace == name.to_s || opened?(each.namespace, receiver) }
      return ConstantError.new(message("#{source.namespace} is not loaded", source), name, receiver: receiver) if source
      source = @base_classes.source_of(name.to_s)
      ConstantError.new(message("#{name} is not loaded: #{source.namespace} is not either", source), name, receiver: receiver) if source
    end

    # @param kind [Symbol] model_methods or template_methods
    # @return [MethodError, nil]
    def method_error(kind, name, receiver)
      source = @sources.find { |each| each.public_send(kind).include?(name.to_s) }
      MethodError.new(message("#{name} comes with #{source.namespace}", source), name, receiver: receiver) if source
    end

    private

    # @return [Boolean] whether that is the namespace, which somebody else has opened, and whose library is not loaded
    def opened?(namespace, receiver)
      Module.instance_method(:name).bind_call(receiver) == namespace && !receiver.const_defined?(:Base, false)
    end

    # It is there after all, and answers for itself.
    def arrived(arrival)
      source = @sources.find { |each| each.name == arrival.name } or return
      @on_arrival&.call(arrival)
      @sources.delete(source)
    end

    def message(what, source)
      place = Callers.first(caller_locations)
      used = ", and #{Callers.describe(Callers.path(place), place.lineno, @directory)} uses it" if place
      "#{what}: #{@why} leaves out #{source.name}#{used}. #{ways_out(source, place && Callers.path(place).delete_prefix("#{@directory}/"))}"
    end

    # @param user [String, nil] a file, below the app or anywhere
    def ways_out(source, user)
      back = "Put #{source.name} back"
      return "#{back}." if user.nil?
      return "#{back}, or do without the gem that uses it." if user.start_with?("/")
      user.start_with?("app/", "test/", "spec/") ? "#{back}, or delete #{user}." : "#{back}, or delete the line."
    end
  end
end
