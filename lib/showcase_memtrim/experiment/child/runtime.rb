# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # What a booted process runs on, as only it knows it.
    module Runtime
      module_function

      # @return [Hash] ruby, rails, platform, allocator, rails_env; yjit: whether it is on; yjit_by: who would turn it on
      def to_h
        {
          ruby: RUBY_VERSION, rails: (::Rails.version if defined?(::Rails.version)), platform: RUBY_PLATFORM,
          allocator: Recorder.allocator, rails_env: ENV["RAILS_ENV"], yjit: yjit?, yjit_by: yjit? ? yjit_by : []
        }
      end

      # Ruby 3.1 and newer.
      def yjit?
        defined?(::RubyVM::YJIT.enabled?) ? ::RubyVM::YJIT.enabled? : false
      end

      # @return [Array<String>] "environment": Ruby's own start, by RUBYOPT or RUBY_YJIT_ENABLE (ruby.c, process_options);
      #   "rails": config.yjit, which Rails 7.2 and newer act on where Ruby can (Rails::Application::Finisher,
      #   :enable_yjit); "code": neither of them, so somebody else
      def yjit_by
        environment = ENV["RUBYOPT"].to_s.match?(/--(?:yjit|jit)(?!\w|-disable)/) || %w[1 true yes].include?(ENV["RUBY_YJIT_ENABLE"])
        rails = defined?(::RubyVM::YJIT.enable) && defined?(::Rails.application.config.yjit) && ::Rails.application.config.yjit
        by = {"environment" => environment, "rails" => rails}.select { |_, on| on }.keys
        by.empty? ? ["code"] : by
      end
    end
  end
end
