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
        # @param question [Hash] features: required by the channels; constants: lists of candidates; rails, methods: names
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
          @answer.fetch("constants").include?(candidates)
        end

        # @param name [String] Rails.root
        def rails?(name)
          @answer.fetch("rails").include?(name)
        end

        # @return [Boolean] some object has a method of this name
        def method?(name)
          @answer.fetch("methods").include?(name)
        end

        # @return [String] Active Support's directory
        def active_support
          @answer.fetch("active_support")
        end

        # @return [String, nil] of config/cable.yml; nil: it can't be read here
        def adapter
          @answer["adapter"]
        end
      end
    end
  end
end
