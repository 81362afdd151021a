# frozen_string_literal: true

require "digest"
require "fileutils"
require "find"
require "rbconfig"
require "shellwords"
require_relative "check"

module ShowcaseMemtrim
  module Experiment
    # `assets:precompile` of the copied app: whether it works, and makes the same files, with gems deferred.
    class Precompilation
      TASK = "assets:precompile"
      ASSETS = "public/assets"
      # Sprockets names it by chance, and writes times into it.
      BY_CHANCE = %r{/\.?(?:sprockets-)?manifest-\h+\.json\z}

      # @yield [Precompilation] afterwards the copy's assets are as they were
      def self.open(workspace)
        assets, aside = File.join(workspace.directory, ASSETS), File.join(workspace.directory, "tmp/assets-as-they-were")
        File.rename(assets, aside) if File.exist?(assets)
        yield new(workspace)
      ensure
        FileUtils.rm_rf(assets)
        File.rename(aside, assets) if File.exist?(aside)
      end

      def initialize(workspace)
        @workspace = workspace
        @check = Check.new(workspace, command)
      end

      # @return [Boolean] false: it says nothing, since it fails with nothing deferred
      def passes?
        failure, @made = run({})
        failure.nil?
      end

      # @param leave_out [Hash{String => Array<String>}] gem → constants
      # @return [Array, nil] nil: none; else what, and file:line where the failure names one
      def difference(leave_out)
        failure, made = run(leave_out)
        return ["#{TASK} fails without it: #{failure}", failure[/(?<=\A|\s)[\w.\/-]+\.\w+:\d+/]] if failure
        changed = @made.keys.union(made.keys).find { |path| @made[path] != made[path] }
        ["#{TASK} makes another #{changed}", nil] if changed
      end

      private

      def command
        rails = File.file?(File.join(@workspace.directory, "bin/rails"))
        program = rails ? [RbConfig.ruby, "bin/rails"] : [RbConfig.ruby, "-S", "bundle", "exec", "rake"]
        "RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 #{program.shelljoin} #{TASK}"
      end

      def run(leave_out)
        directory = File.join(@workspace.directory, ASSETS)
        FileUtils.rm_rf(directory)
        failure = @check.failure(leave_out)
        [failure, made(directory)]
      end

      def made(directory)
        return {} unless File.directory?(directory)
        Find.find(directory).select { |path| File.file?(path) && !path.match?(BY_CHANCE) }.to_h { |path| [path.delete_prefix("#{File.dirname(directory, 2)}/"), Digest::SHA256.file(path).hexdigest] }
      end
    end
  end
end
