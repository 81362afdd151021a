# frozen_string_literal: true

module ShowcaseMemtrim
  class Doctor
    class Deployment
      # What a command starts, told from its words: with `bundle exec`, Thruster and paths taken off.
      module Server
        WEB = %w[puma rackup unicorn unicorn_rails falcon thin iodine pitchfork passenger].freeze
        MANAGERS = %w[foreman overmind hivemind goreman honcho].freeze
        # Other programs that run until they are stopped.
        WORKERS = %w[sidekiq good_job resque resque-pool clockwork solid_queue delayed_job anycable redis-server nginx caddy memcached thrust anycable-go litestream].freeze

        class << self
          # @param argv [Array<String>, nil]
          # @return [Array<String>, nil] the server with its arguments (["puma", "-t", "5:5"], ["rails", "server"]); nil: it
          #   is no web server of a Rails app
          def web(argv)
            words = plain(argv)
            words if WEB.include?(words.first) || rails_server?(words)
          end

          # @return [Array<String>, nil] what reads a Procfile
          def manager(argv)
            words = plain(argv)
            words if MANAGERS.include?(words.first)
          end

          # @return [Boolean] whether it runs until it is stopped
          def resident?(argv)
            words = plain(argv)
            !web(words).nil? || MANAGERS.include?(words.first) || WORKERS.include?(words.first) || words.first(2) == %w[bin jobs] ||
              words.first == "jobs" || words.first(2) == %w[rails solid_queue:start] || words.first(2) == %w[rake solid_queue:start]
          end

          # @return [Array<String>] the program by its name, and its arguments
          def plain(argv)
            words = (argv || []).dup
            words.shift while words.first&.match?(/\A[A-Za-z_]\w*=/)
            loop do
              case (name = File.basename(words.first.to_s))
              when "bundle", "bundler"
                return words unless words[1] == "exec"
                words.shift(2)
                words.shift while words.first&.start_with?("-")
              when "thrust", "tini", "dumb-init", "catatonit", "doppler", "dotenv", "nice", "nohup", "exec"
                rest = words.drop(1).drop_while { |word| word.start_with?("-") || word == "run" }
                return [name, *words.drop(1)] if rest.empty?
                words = rest
              when "ruby"
                rest = words.drop(1).drop_while { |word| word.start_with?("-") }
                return ["ruby", *words.drop(1)] if rest.empty? || !rest.first.match?(%r{(?:\A|/)(?:bin|script)/(?:rails|puma|thrust|rackup)\z})
                words = rest
              else
                return words.empty? ? [] : [name, *words.drop(1)]
              end
            end
          end

          private

          def rails_server?(words)
            words.first == "rails" && %w[server s].include?(words.drop(1).find { |word| !word.start_with?("-") })
          end
        end
      end
    end
  end
end
