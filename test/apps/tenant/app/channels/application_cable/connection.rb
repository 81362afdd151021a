# frozen_string_literal: true

module ApplicationCable
  class Connection < ActionCable::Connection::Base
    identified_by :visitor

    def connect
      self.visitor = cookies.encrypted[:visitor] || reject_unauthorized_connection
    end
  end
end
