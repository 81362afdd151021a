# frozen_string_literal: true

require "minitest/autorun"
require "fileutils"
require "tmpdir"
require "showcase_memtrim/left_out_railties"
require "showcase_memtrim/left_out_railties/needs"

# What an app's files say about railties that are left out, before anything is loaded.
class LeftOutFilesTest < Minitest::Test
  MAILER = "class ApplicationMailer < ActionMailer::Base\n  default from: \"x\"\nend\n"
  CABLE = {
    "app/channels/application_cable/channel.rb" => "module ApplicationCable\n  class Channel < ActionCable::Channel::Base\n  end\nend\n",
    "app/channels/application_cable/connection.rb" => "module ApplicationCable\n  class Connection < ::ActionCable::Connection::Base\n  end\nend\n"
  }.freeze

  # What the installed Rails would say of it.
  Source = Struct.new(:name, :library, :namespace, :setting, :model_methods, :template_methods)
  MAILERS = Source.new("action_mailer/railtie", "action_mailer", "ActionMailer", :action_mailer, [], [])
  CHANNELS = Source.new("action_cable/engine", "action_cable", "ActionCable", :action_cable, [], [])
  STORAGE = Source.new("active_storage/engine", "active_storage", "ActiveStorage", :active_storage, %w[has_one_attached has_many_attached], [])
  SOURCES = [MAILERS, CHANNELS, STORAGE].freeze

  def test_generated_base_classes_alone_are_ignored
    in_app("app/mailers/application_mailer.rb" => MAILER, **CABLE, "app/models/post.rb" => "class Post\nend\n") do |app|
      assert_equal CABLE.keys + ["app/mailers/application_mailer.rb"], ignored(app).keys.map { |path| path.delete_prefix("#{app}/") }
      assert_equal [CHANNELS, CHANNELS, MAILERS], ignored(app).values
      assert_empty needs(app)
    end
  end

  def test_with_one_more_class_they_are_needed
    in_app("app/mailers/application_mailer.rb" => MAILER, "app/mailers/bill_mailer.rb" => "class BillMailer < ApplicationMailer\nend\n") do |app|
      assert_empty ignored(app)
      assert_equal [["action_mailer/railtie", "app/mailers/application_mailer.rb", 1, "class ApplicationMailer < ActionMailer::Base"]], needs(app)
    end
  end

  def test_a_base_class_of_another_railtie_is_none
    in_app("app/mailers/application_mailer.rb" => "class ApplicationMailer < OtherMailer::Base\nend\n") do |app|
      assert_empty ignored(app)
      assert_empty needs(app)
    end
  end

  def test_constants_of_ignored_files
    in_app("app/mailers/application_mailer.rb" => MAILER, **CABLE) do |app|
      classes = ShowcaseMemtrim::LeftOutRailties::BaseClasses.new(SOURCES, directory: app)
      assert_equal [MAILERS, CHANNELS, nil], %w[ApplicationMailer ApplicationCable Application].map { |name| classes.source_of(name) }
    end
  end

  def test_what_models_are_given
    in_app("app/models/photo.rb" => "class Photo < ApplicationRecord\n  has_one_attached :file\nend\n", "app/models/note.rb" => "# has_one_attached :file\nclass Note\n  has_one_attachment :x\nend\n") do |app|
      assert_equal [["active_storage/engine", "app/models/photo.rb", 2, "has_one_attached :file"]], needs(app)
    end
  end

  def test_comments_and_strings_need_nothing
    in_app("app/models/note.rb" => "# class Foo < ActionMailer::Base\nTEXT = \"class Foo < ActionMailer::Base\"\n") { |app| assert_empty needs(app) }
  end

  def test_files_in_any_encoding
    in_app("app/models/note.rb" => "# caf\xE9\nclass Channel < ActionCable::Channel::Base\n".b) { |app| assert_equal 2, needs(app).dig(0, 2) }
  end

  private

  def in_app(files)
    Dir.mktmpdir("app") do |dir|
      files.each do |path, content|
        FileUtils.mkdir_p(File.dirname(File.join(dir, path)))
        File.binwrite(File.join(dir, path), content)
      end
      yield dir
    end
  end

  def ignored(app)
    ShowcaseMemtrim::LeftOutRailties::BaseClasses.new(SOURCES, directory: app).files
  end

  def needs(app)
    ShowcaseMemtrim::LeftOutRailties::Needs.new(SOURCES, directory: app, except: ignored(app).keys).to_a.map(&:to_a)
  end
end
