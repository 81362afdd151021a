# frozen_string_literal: true

require_relative "variable"

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # The environment variables of a process, each with the line that sets it. Later assignments win.
      class Environment
        # Whether everything is known that sets variables of this process: not so for an image made elsewhere, or files that
        # are not in the app's directory. What is not set here is then not known.
        attr_accessor :complete
        alias_method :complete?, :complete

        # @param variables [Array<Variable>]
        def initialize(variables = [], complete: true)
          @variables = {}
          @complete = complete
          variables.each { |variable| set(variable) }
        end

        # @return [Environment] with more set on top
        def with(variables)
          copy = Environment.new(to_a, complete: complete)
          variables.each { |variable| copy.set(variable) }
          copy
        end

        # @return [Array<Variable>] the last assignment of each
        def to_a
          @variables.values
        end

        # @return [String, nil] nil: not set, or what it is set to can't be told
        def value(name)
          variable = @variables[name]
          variable.value if variable&.sure
        end

        # @return [Array(String, Integer), nil] file and line of the assignment; nil: none
        def place(name)
          variable = @variables[name]
          [variable.file, variable.line] if variable
        end

        # @return [Variable, nil]
        def variable(name)
          @variables[name]
        end

        # @return [Boolean] whether anything sets it, perhaps
        def set?(name)
          @variables.key?(name)
        end

        # @return [Array<String>]
        def names
          @variables.keys
        end

        # For what refers to variables: "$PATH".
        #
        # @return [String, nil] nil: can't be told
        def lookup(name)
          return value(name) if set?(name)
          "" if complete?
        end

        # @param variable [Variable]
        # @return [self]
        def set(variable)
          @variables.delete(variable.name)
          @variables[variable.name] = variable
          self
        end
      end
    end
  end
end
