# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"
require_relative "../../environment"

module ShowcaseMemtrim
  module Cable
    class Check
      # What the server has without the app, as a process of the app's bundle says (base_child.rb).
      class Base
        CHILD = File.join(__dir__, "base_child.rb")

        # @param app [Doctor::App]
        # @param question [Hash] features: required by what the server loads; constants: lists of candidates; rails: names;
        #   methods: receivers and names; wanted: candidates whose gem is looked for, with features that may have them
        # @return [Base]
        # @raise [Error] when the bundle has no Action Cable, or it can't be loaded
        def self.ask(app, **question)
          variables = Environment.before_bundler.merge("BUNDLE_GEMFILE" => app.gemfile_path, "RAILS_ENV" => app.env)
          answer, errors, status = Open3.capture3(variables, RbConfig.ruby, CHILD, app.root, stdin_data: JSON.generate(question), chdir: app.root)
          raise Error, "the app's bundle can't be loaded without the app: #{errors.lines.find { |line| !line.strip.empty? }.to_s.strip}" unless status.success?
          new(JSON.parse(answer.lines.last))
        end

        def initialize(answer)
          @answer = answer
        end

        # @param candidates [Array<String>]
        def constant?(candidates)
          @constants ||= @answer.fetch("constants").to_h { |known| [known, true] }
          @constants.key?(candidates)
        end

        # @param name [String] Rails.root
        def rails?(name)
          @answer.fetch("rails").include?(name)
        end

        # @param call [Source::Call]
        # @return [Boolean] its receiver has this method; where that is not known: some object has one of this name
        def method?(call)
          @methods ||= @answer.fetch("methods").to_h { |question| [question, true] }
          @methods.key?(call.question)
        end

        # @param candidates [Array<String>]
        # @return [String, nil] with which the constant is there: a gem's, or of Ruby's library
        def feature(candidates)
          @gems ||= @answer.fetch("gems").to_h
          @gems[candidates]
        end

        # @return [Array<String>] features that can't be required
        def failed
          @answer.fetch("failed")
        end

        # @return [Hash{String => Object}] error: why config/cable.yml stops the server; known: false, and it may do elsewhere
        def subscriptions
          @answer.fetch("subscriptions")
        end

        # @return [String] Active Support's directory
        def active_support
          @answer.fetch("active_support")
        end

        # @return [String, nil] of config/cable.yml; nil: it can't be read, or has none
        def adapter
          @answer["adapter"]
        end
      end
    end
  end
end
