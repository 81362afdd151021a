# frozen_string_literal: true

require_relative "experiment"
require_relative "doctor/finding"
require_relative "doctor/stake"
require_relative "doctor/rule"
require_relative "doctor/app"

module ShowcaseMemtrim
  # A checklist of settings that make the processes of an app larger than they need be. It reads the app's files and runs
  # nothing of it.
  class Doctor
    # In the order in which a reader meets them: rules/ has a file for each.
    RULES = %w[production_environment malloc gc_environment bootsnap_cache cable_server redis_maxmemory resident_parent resident_require].freeze

    RULES.each { |name| require_relative "doctor/rules/#{name}" }

    # @param directory [String] the app's
    # @param env [String] RAILS_ENV
    # @param env_file [String, nil] the environment variables that the container has
    # @raise [Error] for what can't be read
    def initialize(directory, env:, env_file: nil)
      @app = App.new(directory, env: env, env_file: env_file)
    end

    # @return [Array<Finding>] in the order of the rules
    def findings
      RULES.flat_map { |name| Rules.const_get(name.split("_").map(&:capitalize).join).new(@app).findings }
    end
  end
end
