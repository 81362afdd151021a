# frozen_string_literal: true

require "fileutils"
require "json"
require "yaml"
require_relative "memtrim"

# A copy of a bundled app with `require "showcase_memtrim/rails"` in place of rails/all, and what its boots are like.
class AppWithList
  WRITTEN_BY_THE_APP = %w[coverage log storage tmp].freeze
  PRODUCTION = {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"}.freeze

  # Boots the app, or does not, and prints what is there then: ARGV are names of constants and of settings.
  BOOT = <<~RUBY
    begin
      require "./config/environment"
    rescue Exception => error
      failure = {class: error.class.name, message: error.message, backtrace: error.backtrace.first(5)}
    end
    require "json"
    constants, settings = ARGV.partition { |name| name.match?(/\\A[A-Z]/) }
    application = defined?(Rails.application) ? Rails.application : nil
    File.write(ENV.fetch("INVENTORY"), JSON.generate(
      error: failure,
      features: $LOADED_FEATURES,
      railties: application ? application.railties.map { |railtie| railtie.class.name } : [],
      constants: constants.select { |name| Object.const_defined?(name) },
      settings: application ? settings.select { |name| application.config.respond_to?(name) } : [],
      eager_load: application&.config&.eager_load
    ))
  RUBY

  # error: nil, or {class, message, backtrace}; features: $LOADED_FEATURES, without the app's own directory; err: stderr
  Boot = Struct.new(:error, :features, :railties, :constants, :settings, :eager_load, :err, keyword_init: true) do
    # @return [Boolean] whether a file of that require path was loaded
    def loaded?(path)
      features.any? { |feature| feature.end_with?("/#{path}.rb") }
    end

    # @return [Array<String>] what memtrim said
    def notes
      err.lines(chomp: true).grep(/\Amemtrim: /)
    end
  end

  # @return [String]
  attr_reader :directory

  # @param source [String] a bundled app (AppCopy.prepare)
  # @param directory [String] which is made
  # @param files [Hash] contents by path, in place of the app's own; nil: none of that name
  # @param in_place_of_all [Boolean] false: the app's `require "rails/all"` stays
  def initialize(source, directory, files: {}, in_place_of_all: true)
    @source = source
    @directory = directory
    FileUtils.mkdir_p(directory)
    FileUtils.cp_r((Dir.children(source) - WRITTEN_BY_THE_APP).map { |name| File.join(source, name) }, directory)
    files.each { |path, content| write(path, content) }
    application = File.read(path("config/application.rb"))
    raise "no rails/all in #{source}" unless application.sub!(%r{^require "rails/all"$}, %(require "showcase_memtrim/rails"))
    write("config/application.rb", application) if in_place_of_all
  end

  def write(path, content)
    FileUtils.rm_rf(path(path))
    return if content.nil?
    FileUtils.mkdir_p(File.dirname(path(path)))
    File.write(path(path), content)
  end

  def path(relative)
    File.join(directory, relative)
  end

  # @param railties [Array<String>, nil] nil: no config/memtrim.yml
  # @param others [Hash] its other keys
  def list(railties, **others)
    write("config/memtrim.yml", railties && YAML.dump({"railties" => railties, **others.transform_keys(&:to_s)}))
  end

  # @param ask [Array<String>] names of constants (ActionMailer) and of settings (action_mailer): which of them are there
  # @return [Boot]
  def boot(ask: [], env: PRODUCTION)
    inventory = "#{directory}.json"
    result = run("bundle", "exec", "ruby", "-e", BOOT, *ask, env: {**env, "INVENTORY" => inventory})
    raise "no boot: #{result.out}#{result.err}" unless File.exist?(inventory)
    state = JSON.parse(File.read(inventory), symbolize_names: true)
    File.delete(inventory)
    Boot.new(**state, features: state[:features].map { |feature| feature.delete_prefix("#{directory}/") }, err: result.err)
  end

  # The copies of an app share what bootsnap has compiled.
  #
  # @return [Memtrim::Result]
  def run(*command, env: {}, **options)
    Memtrim.run_command(*command, chdir: directory, env: {"BOOTSNAP_CACHE_DIR" => File.join(@source, "tmp/cache"), **env}, **options)
  end
end
