# frozen_string_literal: true

module ShowcaseMemtrim
  module Cable
    # The server at its path; nothing else is there.
    class Mounted
      # @param server [ActionCable::Server::Base]
      def initialize(server)
        @server = server
      end

      # @param env [Hash] of Rack
      def call(env)
        return @server.call(env) if served?(env["PATH_INFO"])
        @server.logger.info { "#{env["REQUEST_METHOD"]} #{env["PATH_INFO"]}: not found; Action Cable is at #{@server.config.mount_path} (config.mount_path)" }
        [404, {"content-type" => "text/plain"}, ["Page not found"]]
      end

      private

      def served?(path)
        mounted = @server.config.mount_path.to_s.chomp("/")
        path == @server.config.health_check_path || path == mounted || path.start_with?("#{mounted}/")
      end
    end
  end
end
