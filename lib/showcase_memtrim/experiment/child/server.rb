# frozen_string_literal: true

module ShowcaseMemtrim
  module Experiment
    # The app behind its own Puma, with the threads that config/puma.rb gives it, on a free port of the loopback. Its
    # plugins, pidfile and workers stay out of it: a trial is one process, and touches nothing of the app's.
    class Server
      # @param paths [Array<String>] to be requested; when none is named, one that has no effects
      # @param threads [Integer, nil] in place of those that config/puma.rb gives it
      def initialize(paths, threads: nil)
        @paths = paths
        @threads = threads
        @served = {}
      end

      # @return [Hash] port, threads (at most), those that the app itself has, paths
      # @raise [LoadError] when the bundle has no puma
      def start
        require_puma
        require "puma/server"
        require "puma/configuration"
        require "rack"
        minimum, maximum = %i[min_threads max_threads].map { |name| Integer(options[name] || 5) }
        @server = ::Puma::Server.new(counted(app), nil, min_threads: @threads || minimum, max_threads: @threads || maximum)
        port = @server.add_tcp_listener("127.0.0.1", 0).addr[1]
        @server.run
        {port: port, threads: @threads || maximum, own_threads: maximum, paths: @paths.any? ? @paths : [harmless_path]}
      end

      # @return [Integer] threads of Puma's that answered at least one request
      def threads_served
        @served.size
      end

      private

      def require_puma
        require "puma"
      rescue LoadError => error
        raise unless error.path == "puma"
        raise LoadError, "the bundle has no puma, by which the app would be served"
      end

      def options
        @options ||= configuration.options
      end

      def configuration
        file = ["config/puma/#{::Rails.env}.rb", "config/puma.rb"].find { |path| File.file?(path) }
        ::Puma::Configuration.new({config_files: [file || "-"]}) {}.tap do |configuration|
          configuration.load
          configuration.clamp if configuration.respond_to?(:clamp) # Puma 7
        end
      end

      def app
        return ::Rails.application unless File.file?("config.ru")
        Array(::Rack::Builder.parse_file("config.ru")).first
      end

      def counted(app)
        lambda do |env|
          @served[Thread.current.object_id] = true
          app.call(env)
        end
      end

      # Rails' own health check where the app routes it; any other GET may have effects.
      def harmless_path
        ::Rails.application.routes.recognize_path("/up")
        "/up"
      rescue ::ActionController::RoutingError
        "/"
      end
    end
  end
end
