# frozen_string_literal: true

require "minitest/autorun"
require "open3"
require "rbconfig"
require "tmpdir"
require_relative "../bench/support/generated_app"

class GeneratedAppTest < Minitest::Test
  COMMAND = File.expand_path("../bench/support/generate_app.rb", __dir__)

  def test_files_require_one_another
    in_a_directory do |directory|
      generate "files", "700", directory
      assert_equal 700, Dir[File.join(directory, "lib/**/*.rb")].size
      run_ruby File.join(directory, "main.rb")
    end
  end

  def test_one_file_is_a_program_too
    in_a_directory do |directory|
      GeneratedApp.files(1, directory)
      run_ruby File.join(directory, "main.rb")
    end
  end

  def test_what_was_there_before_goes
    in_a_directory do |directory|
      GeneratedApp.files(700, directory)
      contents = GeneratedApp.files(20, directory).then { |dir| read(dir) }
      assert_equal 20, contents.keys.grep(/\Alib/).size

      GeneratedApp.files(20, directory)
      assert_equal contents, read(directory)
    end
  end

  def test_the_app_has_25_gems
    in_a_directory do |directory|
      generate "gems", directory
      assert_equal 25, GeneratedApp::Gems.names.uniq.size

      gemfile = File.read(File.join(directory, "Gemfile"))
      GeneratedApp::Gems.names.each { |name| assert_match(/^gem "#{name}"$/, gemfile) }
    end
  end

  def test_every_file_of_the_app_is_ruby
    in_a_directory do |directory|
      GeneratedApp.gems(directory)
      files = Dir[File.join(directory, "**/*.rb"), File.join(directory, "{Gemfile,Rakefile,config.ru}")]
      assert_operator files.size, :>, 30
      files.each { |file| assert RubyVM::InstructionSequence.compile_file(file), file }
    end
  end

  def test_the_command_says_how_to_use_it
    _, error, status = Open3.capture3(RbConfig.ruby, COMMAND, "files", "many", "somewhere")
    assert_equal 2, status.exitstatus
    assert_match(/\Ausage: /, error)
  end

  private

  def in_a_directory(&block)
    Dir.mktmpdir(&block)
  end

  def generate(*arguments)
    run_ruby COMMAND, *arguments
  end

  def run_ruby(*arguments)
    output, status = Open3.capture2e(RbConfig.ruby, *arguments)
    assert status.success?, output
  end

  def read(directory)
    files = Dir.glob("**/*", base: directory).select { |path| File.file?(File.join(directory, path)) }
    files.to_h { |path| [path, File.read(File.join(directory, path))] }
  end
end
