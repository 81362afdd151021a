# frozen_string_literal: true

# Boots the app of the current directory and asks it what the variable QUESTIONS has, {name => Ruby}. Prints a line
# "ANSWERS {name => true, false or what was raised}".

# Left by another run.
%w[tmp/growth tmp/dew storage/production.sqlite3].each { |file| File.delete(file) if File.exist?(file) }
Dir.mkdir("tmp") unless Dir.exist?("tmp")

require "./config/environment" # before any gem of ours: the app's bundle may have another version
require "fileutils"
require "json"
require "open3"
require "rbconfig"

# What the questions may say.
class Questions
  attr_reader :status, :headers, :body

  # @return [Boolean] whether the page is there
  def get(path)
    session = ActionDispatch::Integration::Session.new(Rails.application)
    @status = session.get(path)
    @headers, @body = session.response.headers, session.response.body
    @status == 200
  end

  # @return [String] what a command prints, also to stderr where it fails
  def sh(*command)
    out, err, status = Open3.capture3(*command)
    status.success? ? out : "#{out}#{err}"
  end

  # @return [String] what the code prints in another process of the app, booted with these variables
  def ruby(code, variables)
    sh(variables, RbConfig.ruby, "-e", "require './config/environment'; #{code}")
  end

  # @return [String] the command of that name
  def procfile(name)
    File.read("Procfile")[/^#{name}: (.*)$/, 1]
  end

  # @return [Hash] the headers of the answer of the whole stack
  def config_ru
    app, = Rack::Builder.parse_file("config.ru")
    app.call(Rack::MockRequest.env_for("/up"))[1]
  end

  # @return [String] a file of what assets:precompile makes
  def precompiled(pattern)
    said = sh("bin/rails", "assets:precompile")
    file = Dir["public/assets/#{pattern}"].first
    file ? File.read(file) : said
  ensure
    FileUtils.rm_rf("public/assets")
  end

  # @return [String] what the type checker would look for
  def steep_library
    File.read("Steepfile")[/library "(.*)"/, 1]
  end

  def answer(code)
    instance_eval(code) ? true : false
  rescue ScriptError, StandardError => error
    "#{error.class}: #{error.message.lines.first}"
  end
end

ActiveRecord::Schema.verbose = false
load "db/schema.rb"
Plot.create!(name: "North", id: 1)
questions = Questions.new
puts "\nANSWERS #{JSON.generate(JSON.parse(ENV.delete("QUESTIONS")).transform_values { |code| questions.answer(code) })}"
