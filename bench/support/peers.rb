# frozen_string_literal: true

require "fileutils"
require "json"
require "tmpdir"
require_relative "bench_app"

# The tools that people use today, asked about the same apps. They are installed into a folder of the project and
# put on the load path of the app's process: the app's Gemfile does not name them.
module Peers
  GEMFILE = File.join(BenchApp::ROOT, "bench/peers/Gemfile")
  FOLDER = File.join(BenchApp::ROOT, "vendor/peers")

  # One tool: its program in boots/peers, and where its output has the figure of a gem or railtie.
  Peer = Struct.new(:name, :program, :key, keyword_init: true) do
    # @return [Hash{String => Integer}, nil] bytes by row, 0 for what the tool does not name; nil where it fails
    def figures(app, rows)
      Dir.mktmpdir do |directory|
        said = Peers.run(app, program, directory)
        said &&= Peers.run(app, "heap_profiler_report.rb", directory) if name == "heap-profiler"
        said && rows.to_h { |row| [row, said.values_at(*key.call(app, row)).compact.max.to_i] }
      end
    end

    # @return [Boot::Outcome] the cost of a boot under it, without its report
    def boot(app)
      Dir.mktmpdir { |directory| Peers.boot(app, program, directory, "PEER_TIMING" => "1") }
    end
  end

  # A gem's figure is under its full name, as in .../gems/NAME-VERSION/.
  BY_GEM = ->(app, row) { [app.specs.dig(app.gem_of(row), "full_name")] }
  # The largest of the features that Bundler.require requires for it; a railtie's own.
  BY_FEATURE = ->(app, row) { app.specs.dig(row, "features") || [row] }

  ALL = [
    Peer.new(name: "derailed", program: "derailed.rb", key: BY_FEATURE),
    Peer.new(name: "memory_profiler", program: "memory_profiler.rb", key: BY_GEM),
    Peer.new(name: "heap-profiler", program: "heap_profiler.rb", key: BY_GEM),
    Peer.new(name: "vernier", program: "vernier.rb", key: BY_GEM)
  ].freeze

  class << self
    # @return [Array<Peer>] those that this Ruby can have
    def all
      install
      ALL.select { |peer| (peer.name == "vernier") ? vernier? : true }
    end

    def notes
      vernier? ? [] : ["vernier needs Ruby 3.2.1 and is left out on #{RUBY_VERSION}"]
    end

    # @param names [String] of gems of bench/peers/Gemfile
    # @return [Array<String>] their directories for the load path
    def library_paths(*names)
      install
      Dir[File.join(FOLDER, "ruby/*/gems/{#{names.join(",")}}-[0-9]*/lib")]
    end

    def run(app, program, directory)
      outcome = boot(app, program, directory)
      return JSON.parse(outcome.result.empty? ? "{}" : outcome.result) if outcome.ok?
      warn "bench: #{program} fails on #{app.name}: #{outcome.error}"
    end

    def boot(app, program, directory, env = {})
      app.boot("peers/#{program}", env: {"PEER_PATHS" => paths.join(":"), "PEER_DIRECTORY" => directory}.merge(env))
    end

    private

    def vernier?
      Gem::Version.new(RUBY_VERSION) >= Gem::Version.new("3.2.1")
    end

    # Only what a tool needs and no app has: an app's own gems stay the app's.
    def paths
      @paths ||= Dir[File.join(FOLDER, "ruby/*/gems/{derailed_benchmarks,get_process_mem,heap-profiler,memory_profiler,vernier}-*/lib")] +
        Dir[File.join(FOLDER, "ruby/*/extensions/*/*/{heap-profiler,vernier}-*")]
    end

    def install
      return if @installed
      environment = Bundler.unbundled_env.merge("BUNDLE_GEMFILE" => GEMFILE, "BUNDLE_PATH" => FOLDER, "BUNDLE_APP_CONFIG" => File.join(FOLDER, "config"))
      output = IO.popen(environment, %w[bundle install --quiet], unsetenv_others: true, err: [:child, :out], &:read)
      raise "the peers can't be installed:\n#{output}" unless $?.success?
      @installed = true
    end
  end
end
