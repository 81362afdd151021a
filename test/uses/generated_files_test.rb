# frozen_string_literal: true

require_relative "app_with_files"

# What Rails generates and nobody uses is no use.
class UsesInGeneratedFilesTest < Minitest::Test
  include AppWithFiles

  MAIL = Uses::Offer.new(name: "action_mailer/railtie", kind: :railtie, constants: ["ActionMailer"])
  CABLE = Uses::Offer.new(name: "action_cable/engine", kind: :railtie, constants: ["ActionCable"])
  MAILER = {
    "app/mailers/application_mailer.rb" => "class ApplicationMailer < ActionMailer::Base\n  layout \"mailer\"\nend", "app/views/layouts/mailer.html.erb" => "<%= yield %>", "app/views/layouts/mailer.text.erb" => "<%= yield %>"
  }.freeze
  CHANNELS = {
    "app/channels/application_cable/connection.rb" => "module ApplicationCable\n  class Connection < ActionCable::Connection::Base\n  end\nend", "app/channels/application_cable/channel.rb" => "module ApplicationCable\n  class Channel < ActionCable::Channel::Base\n  end\nend",
    "test/channels/application_cable/connection_test.rb" => "module ApplicationCable\n  class ConnectionTest < ActionCable::Connection::TestCase\n  # test \"x\" do\n  end\nend"
  }.freeze

  def test_nobody_uses_them
    reading = read(MAILER.merge(CHANNELS), MAIL, CABLE)
    assert_empty reading.uses
    assert_equal (MAILER.keys + CHANNELS.keys).sort, reading.alone.sort
    assert_equal [["action_cable/engine", 2], ["action_cable/engine", 2], ["action_mailer/railtie", 1], ["action_cable/engine", 2]], reading.idle_uses.map { |use| [use.name, use.line] }
  end

  def test_somebody_does
    {
      "app/mailers/user_mailer.rb" => "class UserMailer < ApplicationMailer; end", "app/models/a.rb" => "ApplicationMailer.a", "lib/tasks/a.rake" => "'ApplicationMailer'.constantize", "app/mailers/x.rb" => "",
      "config/initializers/a.rb" => "Devise.setup { |config| config.parent_mailer = 'ApplicationMailer' }", "config/a.yml" => "a: ApplicationMailer\n", "test/a_test.rb" => "ApplicationMailer", "app/broken.rb" => "class (\nApplicationMailer"
    }.each do |file, content|
      reading = read(MAILER.merge(file => content), MAIL)
      assert_equal ["app/mailers/application_mailer.rb"], reading.uses.map(&:file), file
      assert_empty reading.alone
    end
    assert_equal 3, read(CHANNELS.merge("app/channels/a_channel.rb" => "class AChannel < ApplicationCable::Channel; end"), CABLE).uses.size
  end

  def test_what_they_were_made_to_do
    {"app/mailers/application_mailer.rb" => "class ApplicationMailer < ActionMailer::Base\n  def welcome; end\nend"}.each do |file, content|
      reading = read(MAILER.merge(file => content), MAIL)
      assert_equal 1, reading.uses.size, "it does something itself"
    end
    tested = CHANNELS.merge("test/channels/application_cable/connection_test.rb" => "class ConnectionTest < ActionCable::Connection::TestCase\n  test(\"x\") { connect }\nend")
    assert_equal 3, read(tested, CABLE).uses.size
    connected = CHANNELS.merge("app/channels/application_cable/connection.rb" => "module ApplicationCable\n  class Connection < ActionCable::Connection::Base\n    identified_by :user\n    def connect; end\n  end\nend")
    assert_equal 3, read(connected, CABLE).uses.size
  end
end
