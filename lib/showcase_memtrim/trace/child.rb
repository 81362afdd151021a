# frozen_string_literal: true

# What every Ruby process of a traced command loads first (`ruby -r`). It stays in the environment, for the processes that
# those start; one of another Ruby is left alone.
if ENV.key?("MEMTRIM_TRACE_RUN") && ENV["MEMTRIM_TRACE_RUBY"] == RUBY_VERSION && RUBY_ENGINE == "ruby"
  require_relative "../left_out"
  require_relative "../trace"
  require_relative "watch"

  module ShowcaseMemtrim
    class Trace
      # The process's part of a run: gems wait, railties and other gems are watched, and the log is told of it.
      module Child
        class << self
          def start
            log = Trace.from_environment(Dir.pwd)
            missed = loaded
            log.note(missed: missed) if missed.any?
            watch = Watch.new(directories, log).tap(&:start)
            left_out = LeftOut.from_environment(log: log)
            left_out.install do
              ::ActiveSupport.on_load(:after_initialize) do
                watch.booted
                log.note(booted: ::Rails.env.to_s, deferred: left_out.gems.names | Child.deferred_by_the_app)
              end
            end
          end

          # @return [Array<String>] as its config/memtrim.yml says
          def deferred_by_the_app
            (defined?(Enforcement) && Enforcement.current) ? Enforcement.current.gems.names : []
          end

          private

          # What `ruby -r` on a command line comes before.
          #
          # @return [Array<String>] gems and railties of which something is loaded already
          def loaded
            files = $LOADED_FEATURES.reject { |file| file.end_with?("/version.rb") }
            directories.select { |_, paths| files.any? { |file| file.start_with?(*paths.map { |path| "#{path}/" }) } }.keys
          end

          def directories
            @directories ||= ENV[WATCHED].to_s.lines(chomp: true).map { |line| line.split("\t") }.to_h { |name, *paths| [name, paths] }
          end
        end
      end
    end
  end

  ShowcaseMemtrim::Trace::Child.start
end
